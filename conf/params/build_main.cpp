#include <unistd.h>

#include "common/base/text.h"
#include "common/config/listing.h"
#include "conf/params/detail/build.h"
#include "conf/params/pace.h"

namespace gp::conf {
namespace {

using config::Problems;
using config::Settings;

// A default that depends on the machine or on another option: not written, but no longer unset.
void set_default(Settings& settings, std::string_view name, std::string value)
{
    config::Setting& setting = settings.at(name);
    if (setting.is_written)
        return;
    setting.value = std::move(value);
    setting.is_computed = true;
}

// $name and ${name} of the few variables that are known before any message; other text is left alone.
std::string with_known_variables(std::string text, const Settings& settings)
{
    for (const std::string_view name : {"primary_hostname", "qualify_domain", "qualify_recipient", "spool_directory"}) {
        const std::string braced = "${" + std::string(name) + "}";
        const std::string value = settings.expandable(name).text;
        text = replace_all(std::move(text), braced, value);
        const std::string plain = "$" + std::string(name);
        for (std::size_t at = text.find(plain); at != std::string::npos; at = text.find(plain, at)) {
            const std::size_t end = at + plain.size();
            if (end < text.size() && (is_alnum(text[end]) || text[end] == '_')) {
                at = end;
                continue;
            }
            text.replace(at, plain.size(), value);
            at += value.size();
        }
    }
    return text;
}

// What an option that is expanded once comes to; as it stands where it asks for more than is known now.
std::string expanded_once(const std::string& text, const Settings& settings, std::string_view name, Facts& facts, const LoadOptions& options)
{
    const auto source = with_known_variables(text, settings);
    if (source.find('$') == source.npos)
        return source;
    const auto made = options.constant_value ? options.constant_value(source) : std::nullopt;
    return facts.value("expanded " + std::string(name), made.value_or(source));
}

void settle_variables(Settings& settings, std::string_view name, Facts& facts, const LoadOptions& options)
{
    config::Setting& setting = settings.at(name);
    if (auto* text = std::get_if<std::string>(&setting.value))
        *text = expanded_once(*text, settings, name, facts, options);
}

void settle_names(Settings& settings, Facts& facts, const LoadOptions& options)
{
    if (!settings.is_written("primary_hostname"))
        set_default(settings, "primary_hostname", facts.host_name());
    set_default(settings, "exim_version", "4.96"); // whose language this is
    set_default(settings, "qualify_domain", settings.text("primary_hostname"));
    set_default(settings, "qualify_recipient", settings.text("qualify_domain"));
    const std::string software = facts.value("software", options.software);
    for (const std::string_view name : {"smtp_banner", "received_header_text"})
        if (!settings.is_written(name))
            set_default(settings, name, replace_all(settings.text(name), "Gatepost", software));
}

void settle_places(Settings& settings, Facts& facts, const LoadOptions& options, Problems& problems)
{
    settle_variables(settings, "spool_directory", facts, options);
    for (const std::string_view name : {"log_file_path", "pid_file_path"})
        settle_variables(settings, name, facts, options);
    const auto spool = settings.expandable("spool_directory");
    const std::string line = "spool_directory = " + spool.text;
    if (!spool.is_constant())
        config::object(options.unsupported, problems, spool.origin, line,
                       "spool_directory can hold macros, $primary_hostname and what needs nothing else, but no other expansion");
    else if (!spool.text.starts_with('/'))
        config::object(options.unsupported, problems, spool.origin, line, "spool_directory must be an absolute path");
}

// exim_user: as written; else the package's user; else whoever runs us, unless that is root.
void settle_user(Settings& settings, Facts& facts)
{
    config::Setting& user = settings.at("exim_user");
    if (!user.is_written) {
        user.is_computed = true;
        const std::string caller = facts.value("caller", std::to_string(::geteuid()));
        if (const auto packaged = facts.names().user("gatepost"))
            user.value = *packaged;
        else if (caller != "0")
            if (const auto identity = facts.names().user(caller))
                user.value = *identity;
    }
    const auto* identity = settings.identity("exim_user");
    config::Setting& group = settings.at("exim_group");
    if (!group.is_written && identity && identity->group != config::Identity::no_group)
        group = {group.option,
                 config::Identity{facts.group_name(identity->group), identity->group, config::Identity::no_group},
                 false, true, false, {}};
}

// Old names: the newer ones take their values.
void settle_aliases(Settings& settings)
{
    for (const auto& [before, now] : {std::pair{"return_size_limit", "bounce_return_size_limit"},
                                      std::pair{"daemon_smtp_port", "daemon_smtp_ports"}}) {
        const config::Setting& old = settings.at(before);
        config::Setting& present = settings.at(now);
        if (!old.is_written || present.is_written)
            continue;
        present.value = old.value;
        present.is_written = true;
        present.origin = old.origin;
    }
}

// Lists of users and groups are expanded once, here (manual 14). Whoever reads the file gives nobody the rights of an
// administrator by what a look-up, a program or the environment says of the moment.
void settle_identities(Settings& settings, Facts& facts, const LoadOptions& options, Problems& problems)
{
    for (const auto& written : settings.all()) {
        const bool is_list = written.option->type == config::Type::user_list || written.option->type == config::Type::group_list;
        const auto* text = std::get_if<std::string>(&written.value);
        if (!is_list || !text)
            continue;
        const std::string name(written.option->name);
        const auto known = expanded_once(*text, settings, name, facts, options);
        if (known.find('$') != known.npos) {
            config::object(options.unsupported, problems, written.origin, name + " = " + *text,
                           name + " is expanded once, when the file is read: it can ask for $primary_hostname, $qualify_domain, "
                                  "$qualify_recipient and $spool_directory, and for nothing else that is outside of the file",
                           "write the names or numbers themselves, or a macro");
            continue;
        }
        auto value = config::parse_value(*written.option, known, facts.names());
        if (value)
            settings.at(name).value = std::move(*value);
        else
            problems.error(written.origin, name + " = " + *text, value.error().text);
    }
}

// host_connections, host_message_rate, sender_message_rate.
void check_paces(const Settings& settings, Problems& problems)
{
    const std::pair<std::string_view, decltype(&parse_pace)> options[] = {
        {"host_connections", parse_share}, {"host_message_rate", parse_pace}, {"sender_message_rate", parse_pace}};
    for (const auto& [name, parse] : options) {
        const auto& setting = settings.at(name);
        if (!setting.is_written)
            continue;
        for (const auto& item : settings.list(name))
            if (const auto rule = parse(item); !rule)
                problems.error(setting.origin, config::show_line(setting), std::string(name) + ": " + rule.error().text,
                               "an item is " + std::string(parse == parse_share ? "mx.example=2" : "mx.example=60/1m"));
            else if (rule->pattern.starts_with('+') || rule->pattern.find(';') != std::string::npos)
                problems.error(setting.origin, config::show_line(setting),
                               std::string(name) + ": \"" + rule->pattern + "\" is a named list or a look-up, which the queue manager cannot ask",
                               "write names, addresses or patterns themselves");
    }
}

template <class S>
void fill_from(S& target, const Settings& settings)
{
    config::fill(target, S::params(), settings);
}

}

void build_main(MainSettings& main, const std::vector<config::Assignment>& assignments, Facts& facts,
                const LoadOptions& options, Problems& problems)
{
    main.all = Settings(main_table());
    const config::ReadOptions reading{.unsupported = options.unsupported, .names = &facts.names()};
    for (const auto& assignment : assignments)
        config::apply(main.all, assignment, reading, problems);
    settle_names(main.all, facts, options);
    settle_places(main.all, facts, options, problems);
    settle_user(main.all, facts);
    settle_aliases(main.all);
    settle_identities(main.all, facts, options, problems);
    check_paces(main.all, problems);

    fill_from(main.identity, main.all);
    fill_from(main.limits, main.all);
    fill_from(main.smtp_input, main.all);
    fill_from(main.acls, main.all);
    fill_from(main.queue, main.all);
    fill_from(main.delivery, main.all);
    fill_from(main.tls, main.all);
    fill_from(main.resolver, main.all);
    fill_from(main.logging, main.all);
    fill_from(main.process, main.all);
    fill_from(main.own, main.all);

    // No delivery ever runs as root, whatever the file says.
    auto& never = main.identity.never_users;
    if (std::ranges::find(never, 0u, &config::Identity::id) == never.end())
        never.push_back({"root", 0, 0});
}

}
