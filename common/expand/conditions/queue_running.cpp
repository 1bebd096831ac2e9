// queue_running: an attempt by a queue runner.

#include "common/expand/condition.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

Result<bool> queue_running(const ConditionCall& call)
{
    return call.scene.message && call.scene.message->is_queue_run;
}

const RegisterCondition self{{
    .name = "queue_running",
    .test = queue_running,
    .doc = "An attempt by a queue runner.",
}};

}
}
