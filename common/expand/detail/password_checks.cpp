#include "common/expand/detail/password_checks.h"

#include "common/config/list.h"
#include "common/expand/scene.h"

namespace gp::expand {

Result<bool> ask_password_checks(Scene& scene, std::string_view method,
                                 const std::vector<std::string>& arguments)
{
    if (!scene.world.effects.passwords)
        return misconfigured("support for \"" + std::string(method) + "\" not compiled");
    return scene.world.effects.passwords->check(method, arguments);
}

Result<bool> one_text(const ConditionCall& call)
{
    if (call.name == "pam")
        return ask_password_checks(call.scene, call.name, config::split_list(call.arguments[0].text));
    return ask_password_checks(call.scene, call.name, {call.arguments[0].text});
}

}
