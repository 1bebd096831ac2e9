// = {…}, == {…}: equal numbers.

#include "common/expand/condition.h"
#include "common/expand/detail/comparing.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "=",
    .strings = 2,
    .test = [](const ConditionCall& call) -> Result<bool> { return TRY(compare_numbers(call)) == 0; },
    .doc = "Equal numbers.",
}};

const RegisterCondition synonym{{
    .name = "==",
    .strings = 2,
    .test = [](const ConditionCall& call) -> Result<bool> { return TRY(compare_numbers(call)) == 0; },
    .doc = "Equal numbers.",
}};

}
}
