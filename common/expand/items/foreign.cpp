// ${perl{subroutine}{argument}…}, ${dlfunc{file}{function}{argument}…}: code from outside, run by the scene's
// ForeignCode; where there is none they are refused.

#include "common/expand/item.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

Result<Text> call(const ItemCall& call)
{
    if (call.scene.is_forbidden(call.name))
        return misconfigured("use of ${" + std::string(call.name) + " is not permitted");
    auto* foreign = call.scene.world.effects.foreign;
    if (!foreign)
        return misconfigured("${" + std::string(call.name) + " is not supported: use ${run{PROGRAM ARGUMENTS}}");
    std::vector<std::string> arguments;
    Text out;
    for (const auto& argument : call.arguments) {
        arguments.push_back(argument.text);
        out.mark(argument);
    }
    auto words = TRY(foreign->call(call.name, arguments));
    if (!words)
        return permanent("${" + std::string(call.name) + "{" + arguments.front() + "} gave no value", Cause::forced_fail);
    out.text = std::move(*words);
    return out;
}

const RegisterItem items[] = {
    RegisterItem{{.name = "perl", .least = 1, .most = 9, .apply = call, .doc = "Calls a Perl subroutine."}},
    RegisterItem{{.name = "dlfunc", .least = 2, .most = 10, .apply = call, .doc = "Calls a function of a library."}},
};

}
}
