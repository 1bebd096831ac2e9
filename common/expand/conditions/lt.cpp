// lt {…}: the first text comes before.

#include "common/expand/condition.h"
#include "common/expand/detail/comparing.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "lt",
    .strings = 2,
    .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts(call) < 0; },
    .orders = true,
    .doc = "The first text comes before.",
}};

}
}
