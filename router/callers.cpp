#include "router/callers.h"

#include "common/lookup/regex.h"
#include "router/message_scene.h"

namespace gp::router {
namespace {

Result<std::string> expanded(const World& world, std::string_view option, expand::Scene& scene)
{
    const auto text = world.configuration().main.all.expandable(option).text;
    const auto expression = TRY(world.ground().language.parse(text));
    auto made = expression.expand(scene);
    if (!made)
        return temporary("failed to expand " + std::string(option) + ": " + made.error().text);
    return std::move(made->text);
}

}

Result<std::optional<User>> unknown_caller(const World& world, std::uint32_t uid, std::uint32_t gid)
{
    const auto& settings = world.configuration().main.all;
    if (!settings.is_set("unknown_login"))
        return std::optional<User>{};
    const mail::Origin origin{.uid = uid, .gid = gid};
    const std::vector<mail::Variable> variables;
    MessageScene message{world, origin, variables, {}};
    message.scene().facts.set("caller_uid", Text::clean(std::to_string(uid)));
    message.scene().facts.set("caller_gid", Text::clean(std::to_string(gid)));
    User user{.login = TRY(expanded(world, "unknown_login", message.scene())), .uid = uid, .gid = gid, .home = "/", .gecos = {}};
    if (settings.is_set("unknown_username"))
        user.gecos = settings.text("unknown_username");
    return std::optional{std::move(user)};
}

// Manual 14, uucp_from_pattern: what it captures is $1 … in uucp_from_sender.
Result<std::optional<std::string>> sender_in_from_line(const World& world, const std::string& line)
{
    const auto pattern = TRY(lookup::Regex::compile(world.configuration().main.all.text("uucp_from_pattern")));
    std::vector<lookup::Regex::Span> groups;
    if (!TRY(pattern.match(line, groups)))
        return std::optional<std::string>{};
    const mail::Origin origin;
    const std::vector<mail::Variable> variables;
    MessageScene message{world, origin, variables, {}};
    for (auto& part : lookup::captured(line, groups))
        message.scene().captures.values.push_back(Text::from(std::move(part), "$1"));
    return std::optional{TRY(expanded(world, "uucp_from_sender", message.scene()))};
}

}
