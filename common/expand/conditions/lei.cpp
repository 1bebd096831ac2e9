// lei {…}: as le, without regard to case.

#include "common/expand/condition.h"
#include "common/expand/detail/comparing.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "lei",
    .strings = 2,
    .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts_nocase(call) <= 0; },
    .orders = true,
    .doc = "As le, without regard to case.",
}};

}
}
