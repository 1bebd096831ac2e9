#include "common/expand/detail/foreign_call.h"

#include "common/expand/scene.h"

namespace gp::expand {

Result<Text> call_foreign(const ItemCall& call)
{
    if (call.scene.is_forbidden(call.name))
        return misconfigured("use of ${" + std::string(call.name) + " is not permitted");
    auto* foreign = call.scene.world.effects.foreign;
    if (!foreign)
        return misconfigured("${" + std::string(call.name) +
                             " is not supported: use ${run{PROGRAM ARGUMENTS}}");
    std::vector<std::string> arguments;
    Text out;
    for (const auto& argument : call.arguments) {
        arguments.push_back(argument.text);
        out.mark(argument);
    }
    auto words = TRY(foreign->call(call.name, arguments));
    if (!words)
        return permanent("${" + std::string(call.name) + "{" + arguments.front() + "} gave no value",
                         Cause::forced_fail);
    out.text = std::move(*words);
    return out;
}

}
