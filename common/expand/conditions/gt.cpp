// gt {…}: the first text comes behind.

#include "common/expand/condition.h"
#include "common/expand/detail/comparing.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "gt",
    .strings = 2,
    .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts(call) > 0; },
    .orders = true,
    .doc = "The first text comes behind.",
}};

}
}
