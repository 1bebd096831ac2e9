#include "router/identity.h"

#include "common/base/text.h"

namespace gp::router {

Result<std::optional<std::string>> expanded_identity(std::string_view transport, std::string_view option,
                                                     const std::optional<expand::Expression>& expression, expand::Scene& scene)
{
    if (!expression)
        return std::optional<std::string>{};
    auto words = expression->expand(scene);
    if (!words)
        return misconfigured("Failed to expand " + std::string(option) + " string \"" + expression->source() + "\" for the " +
                             std::string(transport) + " transport: " + words.error().text);
    if (words->tainted())
        return temporary("transport " + std::string(transport) + ": option " + std::string(option) + ": \"" + escape(words->text) +
                         "\" is tainted (" + std::string(words->taint) + ")");
    return std::optional{std::move(words->text)};
}

Error unknown_identity(std::string_view transport, std::string_view option, const expand::Expression& expression, std::string_view name)
{
    return misconfigured("Failed to find " + std::string(option) + " \"" + escape(trim(name)) + "\" from expanded string \"" +
                         expression.source() + "\" for the " + std::string(transport) + " transport");
}

}
