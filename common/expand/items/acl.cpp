// ${acl{name}{argument}…}: the message that an ACL sets.

#include "common/expand/acl_call.h"
#include "common/expand/item.h"

namespace gp::expand {
namespace {

Result<Text> call(const ItemCall& call)
{
    return TRY(call_acl(call.scene, call.arguments)).message.value_or(Text{});
}

const RegisterItem self{{
    .name = "acl",
    .least = 1,
    .most = 10,
    .apply = call,
    .doc = "Runs an ACL; its message is the result.",
}};

}
}
