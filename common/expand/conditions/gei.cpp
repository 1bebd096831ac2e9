// gei {…}: as ge, without regard to case.

#include "common/expand/condition.h"
#include "common/expand/detail/comparing.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "gei",
    .strings = 2,
    .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts_nocase(call) >= 0; },
    .orders = true,
    .doc = "As ge, without regard to case.",
}};

}
}
