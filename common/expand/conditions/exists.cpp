// exists {/path}

#include "common/expand/condition.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

Result<bool> exists(const ConditionCall& call)
{
    if (call.scene.is_forbidden("exists"))
        return misconfigured("File existence tests are not permitted");
    if (!call.scene.files())
        return misconfigured("the exists condition is not available here");
    return static_cast<bool>(call.scene.files()->status(call.arguments[0].text));
}

const RegisterCondition self{{
    .name = "exists",
    .strings = 1,
    .test = exists,
    .doc = "A file or directory of that path.",
}};

}
}
