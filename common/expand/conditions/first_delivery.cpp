// first_delivery: the message's first attempt.

#include "common/expand/condition.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

Result<bool> first_delivery(const ConditionCall& call)
{
    return call.scene.message && call.scene.message->is_first_delivery;
}

const RegisterCondition self{{
    .name = "first_delivery",
    .test = first_delivery,
    .doc = "The message's first attempt.",
}};

}
}
