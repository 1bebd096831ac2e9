// bool_lax {…}: as a router's condition: everything but "", no, false and 0.

#include "common/expand/condition.h"
#include "common/expand/expand.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "bool_lax",
    .strings = 1,
    .test = [](const ConditionCall& call) -> Result<bool> { return is_true(call.arguments[0].text); },
    .doc = "As a router's condition: everything but \"\", no, false and 0.",
}};

}
}
