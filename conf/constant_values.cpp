#include "conf/constant_values.h"

#include <netdb.h>

#include <algorithm>
#include <filesystem>

#include "common/base/duration.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/config/listing.h"
#include "common/lookup/regex.h"
#include "common/net/address.h"
#include "common/net/dscp.h"
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

bool is_absolute(std::string_view text)
{
    return trim(text).starts_with('/');
}

// "80%" of the quota, or octets.
bool is_threshold(std::string_view text)
{
    text = trim(text);
    if (!text.ends_with('%'))
        return is_size(text);
    const auto number = parse_unsigned(trim(text.substr(0, text.size() - 1)));
    return number && *number <= 100;
}

// A number, or a name of /etc/services.
bool is_port(std::string_view text)
{
    const std::string name(trim(text));
    if (const auto number = parse_unsigned(name))
        return *number > 0 && *number < 65536;
    return ::getservbyname(name.c_str(), "tcp") != nullptr;
}

bool are_addresses(std::string_view text)
{
    return std::ranges::all_of(config::split_list(text), [](const std::string& item) { return net::Address::is_address(item); });
}

bool is_dscp(std::string_view text)
{
    return bool(net::parse_dscp(trim(text)));
}

// No name of a host or a domain has blanks or commas.
bool are_names(std::string_view text)
{
    return std::ranges::all_of(config::split_list(text), [](const std::string& item) { return item.find_first_of(" \t,") == std::string::npos; });
}

bool is_domain(std::string_view text)
{
    return text.find_first_of(" \t,@:/") == text.npos || text.starts_with('[');
}

template <auto& words>
bool are_known(std::string_view text)
{
    return std::ranges::all_of(config::split_list(text), [](const std::string& item) { return std::ranges::find(words, lower(item)) != std::end(words); });
}
constexpr std::string_view digests[] = {"sha1", "sha256", "sha512"};
constexpr std::string_view key_types[] = {"rsa", "ed25519"};

constexpr Wanted wanted[] = {
    {"home_directory", is_absolute, "an absolute path"},
    {"current_directory", is_absolute, "an absolute path"},
    {"transport_home_directory", is_absolute, "an absolute path"},
    {"transport_current_directory", is_absolute, "an absolute path"},
    {"router_home_directory", is_absolute, "an absolute path"},
    {"sqlite_dbfile", is_absolute, "an absolute path"},
    {"system_filter", is_absolute, "an absolute path"},
    {"quota_warn_threshold", is_threshold, "a size, or a part of the quota from 0% to 100%"},
    {"maildir_quota_directory_regex", is_expression, "a regular expression"},
    {"maildirfolder_create_regex", is_expression, "a regular expression"},
    {"quota_size_regex", is_expression, "a regular expression"},
    {"port", is_port, "a number of a port, or a service's name"},
    {"interface", are_addresses, "a list of IP addresses"},
    {"dscp", is_dscp, "a DSCP value"},
    {"hosts", are_names, "a list of hosts: they have colons between them"},
    {"fallback_hosts", are_names, "a list of hosts: they have colons between them"},
    {"qualify_domain", is_domain, "a domain"},
    {"qualify_recipient", is_domain, "a domain"},
    {"dkim_verify_hashes", are_known<digests>, "a list of sha1, sha256 and sha512"},
    {"dkim_verify_keytypes", are_known<key_types>, "a list of rsa and ed25519"},
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
    if (is_number(text.starts_with('-') ? text.substr(1) : text) || same_nocase(text, "yes") || same_nocase(text, "true"))
        return {};
    return "condition: \"" + std::string(text) + "\" is none of yes, no, true, false and no number" + std::string(will_defer);
}

// "${if eq{a}{b}}}": what stands behind the expansion becomes a part of the word.
std::string wrong_with_braces(std::string_view text)
{
    if (!text.starts_with("${if ") && !text.starts_with("${if{") && !text.starts_with("${lookup"))
        return {};
    std::size_t depth = 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\')
            return {}; // quoted braces: who can tell
        depth += text[i] == '{';
        if (text[i] != '}' || --depth > 0)
            continue;
        return trim(text.substr(i + 1)).starts_with('}')
                   ? "condition: there is a brace too many at its end, which makes what it comes to no condition" + std::string(will_defer)
                   : "";
    }
    return {};
}

std::string wrong_with_queue(std::string_view name)
{
    return name.find('/') == name.npos ? "" : "queue: a queue's name has no slash in it" + std::string(will_defer);
}

std::string wrong_with_udpsend(const std::string& text)
{
    return config::split_list(text).size() >= 3 ? "" : "udpsend: a host, a port and a text are wanted, with a separator between them" + std::string(will_defer);
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
    if (clause.name == "queue")
        return wrong_with_queue(text);
    if (clause.name == "udpsend")
        return wrong_with_udpsend(text);
    if (clause.name == "logwrite" && text.starts_with(':') && text.find(':', 1) == text.npos)
        return "logwrite: a colon is missing behind the names of logs";
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

// "authenticated = plain": the names are those of authenticators, in any case.
void look_at_authenticators(const Configuration& configuration, const ParsedAcl& one, const acl::Clause& clause, const std::string& list,
                            config::Problems& problems)
{
    std::vector<std::string_view> known;
    for (const auto& driver : configuration.authenticators)
        known.push_back(driver.name);
    for (const auto& item : config::split_list(list)) {
        const auto name = item.starts_with('!') ? trim_left(std::string_view(item).substr(1)) : std::string_view(item);
        const bool is_plain = !name.empty() && name.find_first_of("*^+/;@") == name.npos;
        if (!is_plain || std::ranges::any_of(known, [&](std::string_view other) { return same_nocase(other, name); }))
            continue;
        const auto near = nearest(name, known);
        problems.warning(clause.origin, "", "ACL " + one.list.name + ": authenticated: there is no authenticator \"" + std::string(name) + "\"",
                         near.empty() ? "" : "did you mean \"" + std::string(near) + "\"?");
    }
}

void look_at_acl(const Configuration& configuration, const ParsedAcl& one, config::Problems& problems)
{
    for (const auto& statement : one.list.statements) {
        look_for_contradiction(one, statement, problems);
        for (const auto& clause : statement.clauses) {
            const auto text = one.argument(clause);
            if (clause.name == "condition")
                if (const auto why = wrong_with_braces(text); !why.empty())
                    problems.warning(clause.origin, "", "ACL " + one.list.name + ": " + why);
            if (!is_constant(text))
                continue;
            if (clause.name == "authenticated" && clause.kind == acl::Clause::Kind::condition)
                look_at_authenticators(configuration, one, clause, text, problems);
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
    for (const auto& router : configuration.routers) {
        look_at_router(router, problems);
        look_at(router.settings, problems);
    }
    for (const auto& transport : configuration.transports)
        look_at(transport.settings, problems);
    for (const auto& one : acls.all())
        look_at_acl(configuration, one, problems);
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
