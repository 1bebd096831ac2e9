#include "conf/parse_all.h"

#include "common/acl/acls.h"
#include "common/base/text.h"
#include "common/config/command_line.h"
#include "common/config/list.h"
#include "common/config/listing.h"
#include "common/config/plain_pattern.h"
#include "common/expand/expand.h"
#include "common/expand/unknown_names.h"
#include "conf/params/surroundings.h"

namespace gp::conf {
namespace {

// What is expanded by itself: commands and some lists are split first.
std::vector<std::string> parts_of(const config::Settings& settings, std::string_view option, const std::string& text)
{
    if (option == "headers_remove" || option == "require_files")
        return config::split_list(text, ':');
    const bool to_shell = option == "command" && settings.find("use_shell") && settings.flag("use_shell");
    if (to_shell || (option != "command" && option != "transport_filter"))
        return {text};
    auto words = config::split_command(text, config::Braces::together);
    if (!words)
        return {text};
    std::erase_if(*words, [](const auto& word) { return word == "$pipe_addresses" || word == "${pipe_addresses}"; });
    return std::move(*words);
}

// Lists are expanded too, but a forced failure or an odd item in them is a matter of matching.
void parse_settings(const expand::Language& language, const config::Settings& settings, config::Problems& problems)
{
    for (const auto& setting : settings.all()) {
        const auto* text = std::get_if<std::string>(&setting.value);
        if (!text || !setting.is_written || setting.option->use != config::Use::expanded)
            continue;
        const auto name = setting.option->name;
        for (const auto& part : parts_of(settings, name, *text)) {
            expand::Fault fault;
            if (!language.parse(part, &fault))
                problems.error(setting.origin, config::show_line(setting), std::string(name) + ": " + fault.text, fault.hint);
        }
    }
}

// Those that router expands for qmgr.
void parse_retry_lists(const expand::Language& language, const Configuration& configuration, config::Problems& problems)
{
    for (const auto& rule : configuration.retry)
        for (const auto* list : {&rule.pattern, &rule.senders}) {
            expand::Fault fault;
            const bool is_expanded = list == &rule.pattern ? config::is_for_router(*list) : config::are_for_router(*list);
            if (is_expanded && !language.parse(*list, &fault))
                problems.error(rule.origin, *list, "retry rule: " + fault.text, fault.hint);
        }
}

// Events that nobody raises (manual 61): who waits for one would wait for ever.
void check_events(const config::Settings& settings, bool is_main, config::Problems& problems)
{
    const auto* setting = settings.find("event_action");
    if (!setting || !setting->is_written)
        return;
    const auto text = settings.expandable("event_action").text;
    if (is_main && text.find("tls:cert") != std::string::npos)
        problems.error(setting->origin, config::show_line(*setting),
                       "event_action: the event tls:cert is not raised for clients' certificates in this version; tls_verify_hosts "
                       "and the ACLs judge them");
}

// The environment is chosen before there is anything to look up in.
void check_environment(const config::Settings& settings, config::Problems& problems)
{
    const auto* setting = settings.find("keep_environment");
    if (!setting || !setting->is_written)
        return;
    for (const std::string_view item : config::split_list(settings.text("keep_environment"))) {
        const auto pattern = item.starts_with('!') ? trim_left(item.substr(1)) : item;
        if (!pattern.starts_with('^') && (pattern.starts_with('+') || pattern.find(';') != pattern.npos))
            problems.error(setting->origin, config::show_line(*setting),
                           "keep_environment: \"" + std::string(pattern) + "\" is a look-up or a named list; write names, *END or ^EXPRESSION");
    }
}

}

config::Problems parse_acls(const Configuration& configuration)
{
    config::Problems problems;
    expand::let_unknown_names_fail_late(is_test_environment());
    const auto language = expand::Language::linked();
    const auto words = acl::Words::linked();
    for (const auto& acl : configuration.acls)
        (void)acl::parse_acl(acl, language, words, problems);
    return problems;
}

config::Problems parse_all(const Configuration& configuration)
{
    config::Problems problems;
    expand::let_unknown_names_fail_late(is_test_environment());
    const auto language = expand::Language::linked();
    parse_settings(language, configuration.main.all, problems);
    check_events(configuration.main.all, true, problems);
    check_environment(configuration.main.all, problems);
    for (const auto& transport : configuration.transports)
        check_events(transport.settings, false, problems);
    for (const auto& list : configuration.lists) {
        expand::Fault fault;
        if (!language.parse(list.value, &fault))
            problems.error(list.origin, list.is_hidden ? "" : list.value, list.name + ": " + fault.text, fault.hint);
    }
    const auto words = acl::Words::linked();
    for (const auto& acl : configuration.acls)
        (void)acl::parse_acl(acl, language, words, problems);
    parse_retry_lists(language, configuration, problems);
    for (const auto* drivers : {&configuration.routers, &configuration.transports, &configuration.authenticators})
        for (const auto& driver : *drivers)
            parse_settings(language, driver.settings, problems);
    return problems;
}

}
