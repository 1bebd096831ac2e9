// eq {…}: identical texts.

#include "common/expand/condition.h"
#include "common/expand/detail/comparing.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "eq",
    .strings = 2,
    .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts(call) == 0; },
    .doc = "Identical texts.",
}};

}
}
