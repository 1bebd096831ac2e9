// le {…}: the first text does not come behind.

#include "common/expand/condition.h"
#include "common/expand/detail/comparing.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "le",
    .strings = 2,
    .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts(call) <= 0; },
    .orders = true,
    .doc = "The first text does not come behind.",
}};

}
}
