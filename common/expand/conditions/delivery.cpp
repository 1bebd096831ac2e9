// first_delivery, queue_running: what kind of attempt this is.

#include "common/expand/condition.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

Result<bool> first_delivery(const ConditionCall& call)
{
    return call.scene.message && call.scene.message->is_first_delivery;
}

Result<bool> queue_running(const ConditionCall& call)
{
    return call.scene.message && call.scene.message->is_queue_run;
}

const RegisterCondition conditions[] = {
    RegisterCondition{{.name = "first_delivery", .test = first_delivery, .doc = "The message's first attempt."}},
    RegisterCondition{{.name = "queue_running", .test = queue_running, .doc = "An attempt by a queue runner."}},
};

}
}
