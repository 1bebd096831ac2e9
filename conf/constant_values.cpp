#include "conf/constant_values.h"

#include <algorithm>
#include <filesystem>

#include "common/base/duration.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/config/listing.h"
#include "common/lookup/regex.h"
#include "common/scan/servers.h"

namespace gp::conf {
namespace {

constexpr std::string_view will_defer = ": this will defer all mail";

bool is_constant(std::string_view text)
{
    return text.find_first_of("$\\") == text.npos;
}

bool is_number(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

// --- settings ---

struct Wanted {
    std::string_view option;
    bool (*is_good)(std::string_view text);
    std::string_view what;
};

bool is_size(std::string_view text)
{
    return bool(parse_size(trim(text.substr(0, text.find('/'))))); // quota = 10M/no_check
}

bool is_expression(std::string_view text)
{
    return bool(lookup::Regex::compile(text));
}

constexpr Wanted wanted[] = {
    {"message_size_limit", is_size, "a size (a number, perhaps followed by K, M or G)"},
    {"quota", is_size, "a size (a number, perhaps followed by K, M or G)"},
    {"quota_filecount", is_size, "a number"},
    {"smtp_accept_max_per_host", is_size, "a number"},
    {"gecos_pattern", is_expression, "a regular expression"},
    {"uucp_from_pattern", is_expression, "a regular expression"},
};

void look_at(const config::Settings& settings, config::Problems& problems)
{
    for (const auto& one : wanted) {
        const auto* setting = settings.find(one.option);
        const auto* text = setting && setting->is_written ? std::get_if<std::string>(&setting->value) : nullptr;
        const bool is_pattern = one.is_good == is_expression;
        if (text && !text->empty() && (is_pattern || is_constant(*text)) && !one.is_good(*text))
            problems.warning(setting->origin, config::show_line(*setting),
                             std::string(one.option) + ": \"" + *text + "\" is not " + std::string(one.what) + ": this will fail at run time");
    }
}

void look_at_environment(const config::Settings& main, config::Problems& problems)
{
    const auto& setting = main.at("keep_environment");
    if (!setting.is_written)
        return;
    for (const std::string_view item : config::split_list(main.text("keep_environment"))) {
        const auto pattern = item.starts_with('!') ? trim_left(item.substr(1)) : item;
        if (!pattern.starts_with('^'))
            continue;
        if (const auto made = lookup::Regex::compile(pattern); !made)
            problems.warning(setting.origin, config::show_line(setting), "keep_environment: " + made.error().text);
    }
}

// "Europe/Rome"; a rule of POSIX ("CET-1CEST") has a digit, and a file has a path of its own.
void look_at_timezone(const config::Settings& main, config::Problems& problems)
{
    const auto& setting = main.at("timezone");
    const auto name = main.text("timezone");
    const std::filesystem::path known = "/usr/share/zoneinfo";
    std::error_code error;
    if (!setting.is_written || name.empty() || name.front() == ':' || name.front() == '/' || name.find_first_of("0123456789<") != name.npos ||
        !std::filesystem::is_directory(known, error) || std::filesystem::exists(known / name, error))
        return;
    problems.warning(setting.origin, config::show_line(setting), "timezone: there is no time zone \"" + name + "\": times will be those of UTC",
                     "write a name of " + known.string() + ", as Europe/Rome");
}

void look_at_scanners(const config::Settings& main, config::Problems& problems)
{
    const auto tell = [&](std::string_view option, const auto& read) {
        const auto& setting = main.at(option);
        const auto text = main.expandable(option).text;
        if (setting.is_written && is_constant(text))
            if (const auto made = read(text); !made)
                problems.warning(setting.origin, config::show_line(setting), std::string(option) + ": " + made.error().text + ": whatever asks it will be deferred");
    };
    tell("av_scanner", scan::virus_servers);
    tell("spamd_address", scan::spam_servers);
}

// --- words of ACLs ---

// Empty: it is good.
std::string wrong_with_condition(std::string_view text)
{
    for (const std::string_view word : {"", "no", "false", "0"})
        if (same_nocase(text, word))
            return "condition: it never holds, and the statement never applies";
    if (is_number(text) || same_nocase(text, "yes") || same_nocase(text, "true"))
        return {};
    return "condition: \"" + std::string(text) + "\" is none of yes, no, true, false and no number" + std::string(will_defer);
}

// control = debug/tag=x/opts=+acl (manual 44.20)
std::string wrong_with_control(std::string_view text)
{
    constexpr std::string_view options[] = {"tag", "opts", "pretrigger", "trigger", "stop", "kill"};
    const auto parts = split(text, '/');
    if (trim(parts.front()) != "debug")
        return {};
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const auto name = trim(trim(parts[i]).substr(0, trim(parts[i]).find('=')));
        if (name.empty() || std::ranges::find(options, name) != std::end(options))
            continue;
        const auto near = nearest(name, {std::begin(options), std::end(options)});
        return "control = debug has no option \"" + std::string(name) + "\"" + (near.empty() ? "" : " (" + std::string(near) + " is one)") +
               std::string(will_defer);
    }
    return {};
}

bool is_log(std::string_view name)
{
    return name.empty() || name == "main" || name == "reject" || name == "panic";
}

std::string wrong_with_logs(std::string_view option, const std::vector<std::string>& names)
{
    for (const auto& name : names)
        if (!is_log(trim(name)))
            return std::string(option) + ": \"" + name + "\" is no log: main, reject, panic";
    return {};
}

std::string wrong_with(const acl::Clause& clause, const std::string& text)
{
    if (clause.name == "condition" && !clause.negated)
        return wrong_with_condition(text);
    if (clause.name == "control")
        return wrong_with_control(text);
    if (clause.name == "delay" && !parse_duration(text))
        return "delay: \"" + text + "\" is no time, as 5s or 1m" + std::string(will_defer);
    if (clause.name == "log_reject_target")
        return wrong_with_logs(clause.name, config::split_list(text));
    if (clause.name == "logwrite" && text.starts_with(':'))
        return wrong_with_logs(clause.name, config::split_list(text.substr(1, text.find(':', 1) - 1), ','));
    return {};
}

// "accept authenticated = * / !authenticated = *"
void look_for_contradiction(const ParsedAcl& one, const acl::Statement& statement, config::Problems& problems)
{
    std::vector<const acl::Clause*> before;
    for (const auto& clause : statement.clauses) {
        if (clause.kind != acl::Clause::Kind::condition)
            continue;
        for (const auto* other : before)
            if (other->name == clause.name && other->negated != clause.negated && is_constant(one.argument(clause)) &&
                one.argument(*other) == one.argument(clause))
                problems.warning(clause.origin, "", "ACL " + one.list.name + ": \"" + clause.name + " = " + one.argument(clause) +
                                                        "\" is wanted and not wanted: this statement can never apply");
        before.push_back(&clause);
    }
}

void look_at_acl(const ParsedAcl& one, config::Problems& problems)
{
    for (const auto& statement : one.list.statements) {
        look_for_contradiction(one, statement, problems);
        for (const auto& clause : statement.clauses) {
            const auto text = one.argument(clause);
            if (!is_constant(text))
                continue;
            if (const auto why = wrong_with(clause, text); !why.empty())
                problems.warning(clause.origin, "", "ACL " + one.list.name + ": " + why);
        }
    }
}

void look_at_router(const Driver& router, config::Problems& problems)
{
    const auto& setting = router.settings.at("condition");
    const auto text = router.settings.expandable("condition").text;
    for (const std::string_view word : {"no", "false", "0"})
        if (setting.is_written && same_nocase(trim(text), word))
            problems.warning(setting.origin, config::show_line(setting), router.name + ": condition: it never holds, and the router is never used");
}

// --- what comes behind something that takes all ---

bool is_named(const Configuration& configuration, std::string_view router)
{
    return std::ranges::any_of(configuration.routers, [&](const Driver& other) {
        return std::ranges::any_of(std::initializer_list<std::string_view>{"pass_router", "redirect_router"}, [&](std::string_view option) {
            const auto* setting = other.settings.find(option);
            const auto* text = setting ? std::get_if<std::string>(&setting->value) : nullptr;
            return text && (*text == router || text->find('$') != text->npos);
        });
    });
}

// An accept router that no precondition keeps from anything, in tests and verification either.
bool takes_everything(const Driver& router)
{
    constexpr std::string_view harmless[] = {"driver", "transport", "debug_print", "user", "group", "errors_to", "headers_add", "headers_remove",
                                             "more", "transport_home_directory", "transport_current_directory", "initgroups", "fallback_hosts"};
    return router.driver == "accept" && std::ranges::all_of(router.settings.all(), [&](const config::Setting& setting) {
               return !setting.is_written || std::ranges::find(harmless, setting.option->name) != std::end(harmless);
           });
}

}

void warn_of_values(const Configuration& configuration, const ParsedAcls& acls, config::Problems& problems)
{
    look_at(configuration.main.all, problems);
    look_at_environment(configuration.main.all, problems);
    look_at_timezone(configuration.main.all, problems);
    look_at_scanners(configuration.main.all, problems);
    for (const auto& router : configuration.routers)
        look_at_router(router, problems);
    for (const auto& transport : configuration.transports)
        look_at(transport.settings, problems);
    for (const auto& one : acls.all())
        look_at_acl(one, problems);
}

void warn_of_unreached_rules(const Configuration& configuration, config::Problems& problems)
{
    const Driver* taker = nullptr;
    for (const auto& router : configuration.routers) {
        if (taker && !is_named(configuration, router.name))
            problems.warning(router.origin, "", "the router " + router.name + " is never reached: " + taker->name + " at " + taker->origin.text() +
                                                    " takes every address");
        if (!taker && takes_everything(router))
            taker = &router;
    }
    const auto& rules = configuration.retry;
    for (std::size_t i = 0; i + 1 < rules.size(); ++i)
        if (rules[i].pattern == "*" && rules[i].error == "*" && rules[i].senders.empty())
            return problems.warning(rules[i + 1].origin, "", "this retry rule and what follows it are never looked at: the one at " +
                                                                 rules[i].origin.text() + " is for everything");
}

}
