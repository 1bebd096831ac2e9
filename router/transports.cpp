#include "router/transports.h"

#include <array>
#include <charconv>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "router/lasting.h"

namespace gp::router {
namespace {

// Generic options that become members of Delivery, and so do not travel as options.
constexpr std::array<std::string_view, 12> generic = {
    "driver",       "headers_add", "headers_remove", "return_path", "user",       "group",
    "initgroups",   "home_directory", "current_directory", "max_rcpt", "connection_max_messages", "debug_print",
};

// Their value names a file or a directory: no stranger's words (manual 8, tainted data).
constexpr std::array<std::string_view, 6> file_options = {
    "file", "directory", "maildir_tag", "quota_directory", "socket", "lock_file",
};

Error bad(std::string_view transport, std::string_view option, const std::string& reason)
{
    return temporary("transport " + std::string(transport) + ": option " + std::string(option) + ": " + reason);
}

// A forced failure leaves the option as if it were not set.
Result<std::optional<Text>> expanded(std::string_view transport, std::string_view option,
                                     const std::optional<expand::Expression>& expression, expand::Scene& scene)
{
    if (!expression)
        return std::optional<Text>{};
    auto words = expression->expand(scene);
    if (words)
        return std::optional<Text>{std::move(words).take()};
    if (words.error().cause == Cause::forced_fail)
        return std::optional<Text>{};
    return bad(transport, option, "failed to expand \"" + expression->source() + "\": " + words.error().text);
}

bool contains(const auto& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

// Words as Exim splits a command, before expansion: quotes keep blanks, braces keep an expansion together.
Result<std::vector<expand::Expression>> command_words(const Ground& ground, std::string_view text)
{
    std::vector<expand::Expression> words;
    for (text = trim(text); !text.empty(); text = trim(text)) {
        std::string word;
        char quote = 0;
        std::size_t at = 0;
        if (text.front() == '\'' || text.front() == '"')
            quote = text[at++];
        for (int depth = 0; at < text.size() && (quote ? text[at] != quote : depth > 0 || !is_space(text[at])); ++at) {
            depth += !quote && text[at] == '{';
            depth -= !quote && text[at] == '}';
            if (quote == '"' && text[at] == '\\' && at + 1 < text.size())
                ++at;
            word += text[at];
        }
        if (quote && at == text.size())
            return misconfigured("command: no closing quote in \"" + escape(text) + "\"");
        // The agent puts the addresses in its place, one word each.
        const bool addresses = word == "$pipe_addresses" || word == "${pipe_addresses}";
        words.push_back(addresses ? expand::Expression::literal("$pipe_addresses") : TRY(ground.language.parse(word)));
        text.remove_prefix(std::min(text.size(), at + (quote ? 1 : 0)));
    }
    return words;
}

}

Result<User> user_named(const std::string& text)
{
    const auto trimmed = std::string(trim(text));
    if (auto number = parse_unsigned(trimmed)) {
        if (*number > 0xfffffffe)
            return misconfigured("uid " + trimmed + " is too large");
        auto found = TRY(find_user(static_cast<std::uint32_t>(*number)));
        if (found)
            return *found;
        return User{.uid = static_cast<std::uint32_t>(*number), .gid = config::Identity::no_group};
    }
    auto found = TRY(find_user(trimmed));
    if (!found)
        return misconfigured("user \"" + escape(trimmed) + "\" was not found");
    return *found;
}

Result<Transports::Transport> Transports::read_one(const Ground& ground, const conf::Driver& instance)
{
    Transport transport{.name = instance.name, .driver = instance.driver};
    transport.is_remote = instance.driver == "smtp";
    transport.lasts = Lasting{ground}.is_transport(instance);
    const std::pair<std::string_view, std::optional<expand::Expression>*> members[] = {
        {"headers_add", &transport.headers_add},       {"headers_remove", &transport.headers_remove},
        {"return_path", &transport.return_path},       {"user", &transport.user},
        {"group", &transport.group},                   {"home_directory", &transport.home_directory},
        {"current_directory", &transport.current_directory}, {"hosts", &transport.hosts},
        {"max_rcpt", &transport.max_rcpt},             {"connection_max_messages", &transport.connection_max_messages},
    };
    for (const auto& [name, member] : members)
        *member = TRY(expression_of(ground, instance, name));
    transport.initgroups = instance.settings.find("initgroups") && instance.settings.flag("initgroups");
    transport.hosts_override = instance.settings.find("hosts_override") && instance.settings.flag("hosts_override");
    for (const auto& setting : instance.settings.all()) {
        const auto name = setting.option->name;
        if (!setting.is_written || contains(generic, name))
            continue;
        if (name == "command") {
            auto words = command_words(ground, instance.settings.expandable(name).text);
            if (!words)
                return misconfigured(instance.settings.origin(name).text() + ": " + words.error().text);
            transport.command = std::move(words).take();
            continue;
        }
        OptionText option{.name = std::string(name), .names_file = contains(file_options, name)};
        const auto text = instance.settings.expandable(name);
        option.literal = text.text;
        if (setting.option->use == config::Use::expanded && !text.is_constant())
            option.expression = TRY(expression_of(ground, instance, name));
        transport.options.push_back(std::move(option));
    }
    return transport;
}

Result<Transports> Transports::read(const Ground& ground)
{
    Transports all;
    for (const auto& instance : ground.configuration.transports)
        all.transports_.emplace(instance.name, TRY(read_one(ground, instance)));
    return all;
}

bool Transports::lasts(const std::string& name) const
{
    const auto found = transports_.find(name);
    return found != transports_.end() && found->second.lasts;
}

// transport's user and group win over the router's, those over check_local_user's (manual 23.1).
Status Transports::fill_owner(const Transport& transport, const Candidate& candidate, const std::optional<User>& user,
                              expand::Scene& scene, Delivery& delivery) const
{
    std::optional<User> owner = candidate.user ? candidate.user : user;
    if (auto text = TRY(expanded(transport.name, "user", transport.user, scene))) {
        if (text->tainted())
            return bad(transport.name, "user", "\"" + escape(text->text) + "\" is tainted (" + std::string(text->taint) + ")");
        auto named = user_named(text->text);
        if (!named)
            return bad(transport.name, "user", named.error().text);
        owner = std::move(named).take();
    }
    if (owner) {
        delivery.uid = owner->uid;
        delivery.gid = owner->gid;
        delivery.user = owner->login;
    }
    if (candidate.gid && !transport.user)
        delivery.gid = *candidate.gid;
    if (auto text = TRY(expanded(transport.name, "group", transport.group, scene))) {
        const auto number = parse_unsigned(trim(text->text));
        const auto gid = number && *number < 0xffffffff ? std::optional<std::uint32_t>{static_cast<std::uint32_t>(*number)}
                                                        : find_group(std::string(trim(text->text)));
        if (!gid)
            return bad(transport.name, "group", "group \"" + escape(text->text) + "\" was not found");
        delivery.gid = *gid;
    }
    if (transport.initgroups || candidate.initgroups)
        delivery.groups = groups_of_user(delivery.user, delivery.gid);
    return {};
}

Status Transports::fill_headers(const Transport& transport, const Candidate& candidate, expand::Scene& scene,
                                Delivery& delivery) const
{
    delivery.headers_add = candidate.headers_add;
    delivery.headers_remove = candidate.headers_remove;
    if (auto text = TRY(expanded(transport.name, "headers_add", transport.headers_add, scene)); text && !text->empty()) {
        delivery.headers_add += text->text;
        if (!delivery.headers_add.ends_with('\n'))
            delivery.headers_add += '\n';
    }
    if (auto text = TRY(expanded(transport.name, "headers_remove", transport.headers_remove, scene)))
        for (auto& name : config::split_list(text->text))
            delivery.headers_remove.push_back(std::move(name));
    if (auto text = TRY(expanded(transport.name, "return_path", transport.return_path, scene)))
        delivery.return_path = text->text;
    return {};
}

Status Transports::fill(const std::string& name, const Candidate& candidate, const std::optional<User>& user,
                        expand::Scene& scene, Delivery& delivery) const
{
    const auto found = transports_.find(name);
    if (found == transports_.end())
        return misconfigured("transport \"" + escape(name) + "\" does not exist");
    const auto& transport = found->second;
    delivery.transport = transport.name;
    delivery.driver = transport.driver;
    if (!transport.is_remote)
        TRY(fill_owner(transport, candidate, user, scene, delivery));
    TRY(fill_headers(transport, candidate, scene, delivery));
    if (auto text = TRY(expanded(transport.name, "home_directory", transport.home_directory, scene)))
        delivery.home = text->text;
    if (auto text = TRY(expanded(transport.name, "current_directory", transport.current_directory, scene)))
        delivery.current_directory = text->text;
    if (auto text = TRY(expanded(transport.name, "max_rcpt", transport.max_rcpt, scene)))
        if (auto number = parse_unsigned(trim(text->text)); number && *number <= 0xffffffff)
            delivery.max_rcpt = static_cast<std::uint32_t>(*number);
    if (auto text = TRY(expanded(transport.name, "connection_max_messages", transport.connection_max_messages, scene)))
        if (auto number = parse_unsigned(trim(text->text)); number && *number <= 0xffffffff)
            delivery.connection_max_messages = static_cast<std::uint32_t>(*number);
    for (const auto& word : transport.command) {
        auto text = word.expand(scene);
        if (!text)
            return bad(transport.name, "command", "failed to expand \"" + word.source() + "\": " + text.error().text);
        if (&word == &transport.command.front() && text->tainted())
            return bad(transport.name, "command", "Tainted '" + escape(text->text) + "' (command for " + transport.name +
                                                      " transport) not permitted: it comes from " + std::string(text->taint));
        delivery.options.push_back({"command", std::move(text->text)});
    }
    for (const auto& option : transport.options) {
        if (!option.expression) {
            delivery.options.push_back({option.name, option.literal});
            continue;
        }
        auto text = TRY(expanded(transport.name, option.name, option.expression, scene));
        if (!text)
            continue;
        if (option.names_file && text->tainted())
            return bad(transport.name, option.name,
                       "Tainted '" + escape(text->text) + "' (file or directory name for " + transport.name +
                           " transport) not permitted: it comes from " + std::string(text->taint) +
                           "; use what a look-up or check_local_user vouched for, such as $local_part_data");
        delivery.options.push_back({option.name, std::move(text->text)});
    }
    return {};
}

}
