// eqi {…}: identical but for case.

#include "common/expand/condition.h"
#include "common/expand/detail/comparing.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "eqi",
    .strings = 2,
    .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts_nocase(call) == 0; },
    .doc = "Identical but for case.",
}};

}
}
