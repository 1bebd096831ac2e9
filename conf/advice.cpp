#include "conf/advice.h"

#include "common/acl/acls.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/config/listing.h"
#include "common/expand/expand.h"
#include "conf/carried_taint.h"
#include "conf/constant_values.h"
#include "conf/doubtful_texts.h"
#include "conf/name_scan.h"
#include "conf/parsed_acls.h"
#include "conf/phases.h"
#include "conf/relay_shapes.h"
#include "conf/taint_scan.h"

namespace gp::conf {
namespace {

using config::Problems;

// --- strangers' words ---

struct PathOption {
    std::string_view driver, option, what;
};
constexpr PathOption path_options[] = {
    {"appendfile", "file", "a file"},        {"appendfile", "directory", "a directory"},
    {"queuefile", "directory", "a directory"}, {"redirect", "file", "a file"},
    {"lmtp", "socket", "a socket"},          {"lmtp", "command", "a command"},
    {"pipe", "command", "a command"},        {"autoreply", "file", "a file"},
    {"autoreply", "log", "a file"},          {"autoreply", "once", "a file"},
    {"appendfile", "quota_directory", "a directory"},
};

// "$local_part comes from outside", "$address_data has $local_part in it, which comes from outside".
std::string who_says_so(const std::string& variable, const Carried& carried)
{
    const auto found = carried.find(std::string_view(variable).substr(1));
    return variable + (found == carried.end() ? "" : " has " + found->second + " in it, which") + " comes from outside";
}

std::string instead(const std::string& variable, const Carried& carried)
{
    const auto found = carried.find(std::string_view(variable).substr(1));
    return found == carried.end() ? "write " + instead_of(variable) : "have " + variable + " made of " + instead_of(found->second);
}

// "data = /var/mail/$local_part", "data = |/bin/x $local_part": what is delivered to must be vouched for.
void warn_of_redirection(const Driver& router, const Carried& carried, Problems& problems)
{
    const auto* setting = router.driver == "redirect" ? router.settings.find("data") : nullptr;
    const auto* text = setting && setting->is_written ? std::get_if<std::string>(&setting->value) : nullptr;
    if (!text)
        return;
    auto target = trim(*text);
    if (target.starts_with('"'))
        target.remove_prefix(1);
    if (!target.starts_with('/') && !target.starts_with('|'))
        return;
    for (const auto& variable : tainted_parts(target, carried))
        problems.warning(setting->origin, config::show_line(*setting),
                         router.name + ": " + who_says_so(variable, carried) + " and may not name " +
                             (target.starts_with('|') ? "a command" : "a file") + ": this will fail at run time",
                         instead(variable, carried));
}

void warn_of_paths(const Driver& driver, const Carried& carried, Problems& problems)
{
    for (const auto& row : path_options) {
        const auto* setting = row.driver == driver.driver ? driver.settings.find(row.option) : nullptr;
        const auto* text = setting ? std::get_if<std::string>(&setting->value) : nullptr;
        if (!text)
            continue;
        std::string_view words = *text;
        if (row.what == "a command")
            words = words.substr(0, words.find_first_of(" \t"));
        for (const auto& variable : tainted_parts(words, carried))
            problems.warning(setting->origin, config::show_line(*setting),
                             driver.name + ": " + who_says_so(variable, carried) + " and may not name " +
                                 std::string(row.what) + ": this will fail at run time",
                             instead(variable, carried));
    }
}

// The key's file is named for $dkim_domain, and that is what dkim_domain expands to.
void warn_of_key_file(const Driver& driver, Problems& problems)
{
    const auto* setting = driver.settings.find("dkim_private_key");
    const auto* text = setting && setting->is_written ? std::get_if<std::string>(&setting->value) : nullptr;
    if (!text)
        return;
    for (const auto& variable : tainted_parts(driver.settings.text("dkim_domain"))) {
        const auto named = replace_all(replace_all(*text, "${dkim_domain}", variable), "$dkim_domain", variable);
        if (const auto parts = tainted_parts(named); std::ranges::find(parts, variable) != parts.end())
            problems.warning(setting->origin, config::show_line(*setting),
                             driver.name + ": $dkim_domain is " + variable + " here, which comes from outside and may not name the file of a key: "
                                           "this will fail at run time",
                             "write dkim_domain = ${lookup {" + variable + "} lsearch,ret=key {/a/file/of/your/domains}}");
    }
}

void warn_of_uses(const config::Origin& origin, std::string_view line, std::string_view text, const Carried& carried, Problems& problems)
{
    for (const auto& use : tainted_uses(text, carried))
        problems.warning(origin, line,
                         who_says_so(use.variable, carried) + " and may not be the " + use.where + ": this will fail at run time",
                         instead(use.variable, carried));
}

void warn_of_settings(const config::Settings& settings, const Carried& carried, Problems& problems)
{
    for (const auto& setting : settings.all())
        if (const auto* text = std::get_if<std::string>(&setting.value); text && setting.is_written)
            warn_of_uses(setting.origin, config::show_line(setting), *text, carried, problems);
}

// --- access control lists ---

bool is_condition(const acl::Clause& clause)
{
    return clause.kind == acl::Clause::Kind::condition;
}

bool has_conditions(const acl::Statement& statement)
{
    return std::ranges::any_of(statement.clauses, is_condition);
}

bool ends_always(const acl::Statement& statement)
{
    return !has_conditions(statement) && statement.verb != acl::Verb::warn && statement.verb != acl::Verb::require;
}

void warn_of_unreached(const ParsedAcl& one, Problems& problems)
{
    const auto& list = one.list;
    for (std::size_t i = 0; i + 1 < list.statements.size(); ++i)
        if (ends_always(list.statements[i]) && !one.is_broken[i]) {
            problems.warning(list.statements[i + 1].origin, "",
                             "ACL " + list.name + ": this is never reached: the \"" +
                                 std::string(acl::verb_name(list.statements[i].verb)) + "\" at " +
                                 list.statements[i].origin.text() + " has no condition and ends the list");
            return;
        }
}

void look_at_acls(const Configuration& configuration, const Carried& carried, Problems& problems)
{
    const ParsedAcls acls{configuration};
    for (const auto& one : acls.all()) {
        warn_of_unreached(one, problems);
        for (const auto& line : one.source->lines)
            warn_of_uses(line.origin, line.text, line.text, carried, problems);
    }
    warn_of_phases(configuration, acls, problems);
    warn_of_texts(configuration, acls, problems);
    warn_of_open_relay(configuration, acls, problems);
    warn_of_values(configuration, acls, problems);
}

// --- what can never match ---

// "*" is everything: what follows it in a list is never looked at.
void warn_of_hidden_items(const config::Origin& origin, std::string_view name, std::string_view list, Problems& problems)
{
    if (list.find('$') != list.npos)
        return;
    const auto items = config::split_list(list);
    for (std::size_t i = 0; i + 1 < items.size(); ++i)
        if (items[i] == "*" || items[i] == "!*" || items[i] == "! *")
            return problems.warning(origin, "", std::string(name) + ": items behind \"" + items[i] + "\" are never looked at, as \"" +
                                                    items[i + 1] + "\"",
                                    "put \"" + items[i] + "\" last");
}

void warn_of_hidden_items(const config::Settings& settings, Problems& problems)
{
    using enum config::Type;
    constexpr config::Type lists[] = {domain_list, host_list, address_list, local_part_list};
    for (const auto& setting : settings.all())
        if (const auto* text = std::get_if<std::string>(&setting.value);
            text && setting.is_written && std::ranges::find(lists, setting.option->type) != std::end(lists))
            warn_of_hidden_items(setting.origin, setting.option->name, *text, problems);
}

// --- what nobody uses ---

bool names_list(std::string_view text, std::string_view name)
{
    const auto is_word_char = [](char c) { return is_alnum(c) || c == '_'; };
    for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const auto end = at + name.size();
        if (at > 0 && !is_word_char(text[at - 1]) && (end == text.size() || !is_word_char(text[end])) &&
            (text[at - 1] == '+' || text.find("listnamed") != std::string_view::npos))
            return true;
    }
    return false;
}

bool has_word(std::string_view text, std::string_view word)
{
    const auto is_word_char = [](char c) { return is_alnum(c) || c == '_' || c == '-'; };
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || !is_word_char(text[at - 1])) && (end == text.size() || !is_word_char(text[end])))
            return true;
    }
    return false;
}

// A name that is put together when mail comes may be any.
bool is_composed(std::string_view text, std::string_view option)
{
    const auto at = text.find(option);
    return at != text.npos && text.find('$', at) != text.npos;
}

void warn_of_unnamed(const Configuration& configuration, Problems& problems)
{
    const auto any_line = [&](auto&& test) { return std::ranges::any_of(configuration.text, test); };
    const auto is_named = [&](std::string_view name, const config::Origin& at) {
        return any_line([&](const config::Line& line) {
            const bool is_its_own = line.origin.line == at.line && line.origin.file_name() == at.file_name();
            return !is_its_own && has_word(line.text, name);
        });
    };
    if (!configuration.routers.empty() && !any_line([](const config::Line& line) { return is_composed(line.text, "transport"); }))
        for (const auto& transport : configuration.transports)
            if (!is_named(transport.name, transport.origin))
                problems.warning(transport.origin, "", "the transport \"" + transport.name + "\" is used nowhere");
    if (!any_line([](const config::Line& line) { return is_composed(line.text, "acl"); }))
        for (const auto& acl : configuration.acls)
            if (!is_named(acl.name, acl.origin))
                problems.warning(acl.origin, "", "the ACL \"" + acl.name + "\" is used nowhere");
}

void warn_of_unused(const Configuration& configuration, Problems& problems)
{
    for (const auto& list : configuration.lists) {
        const bool is_used = std::ranges::any_of(configuration.text, [&](const config::Line& line) {
            return names_list(line.text, list.name);
        });
        if (!is_used)
            problems.warning(list.origin, "", "the " + std::string(config::keyword(list.kind)) + " \"" + list.name +
                                                  "\" is used nowhere");
    }
    warn_of_unnamed(configuration, problems);
    for (const auto& macro : configuration.macros)
        if (!macro.is_built_in && !macro.from_command_line && !macro.is_used)
            problems.warning(macro.origin, "", "the macro \"" + macro.name + "\" is used nowhere");
}

}

Problems advise(const Configuration& configuration)
{
    Problems problems;
    const CarriedTaint carried{configuration};
    warn_of_settings(configuration.main.all, carried.everywhere(), problems);
    warn_of_hidden_items(configuration.main.all, problems);
    for (const auto& list : configuration.lists)
        warn_of_hidden_items(list.origin, std::string(config::keyword(list.kind)) + " " + list.name, list.value, problems);
    look_at_acls(configuration, carried.everywhere(), problems);
    for (const auto* drivers : {&configuration.routers, &configuration.transports, &configuration.authenticators})
        for (const auto& driver : *drivers) {
            const auto seen = drivers == &configuration.routers      ? carried.in_router(driver)
                              : drivers == &configuration.transports ? carried.in_transport(driver)
                                                                     : carried.everywhere();
            warn_of_paths(driver, seen, problems);
            warn_of_redirection(driver, seen, problems);
            warn_of_key_file(driver, problems);
            warn_of_settings(driver.settings, seen, problems);
            warn_of_hidden_items(driver.settings, problems);
        }
    warn_of_unknown_names(configuration, problems);
    warn_of_unreached_rules(configuration, problems);
    warn_of_unused(configuration, problems);
    return problems;
}

}
