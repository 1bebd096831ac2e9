#include "conf/advice.h"

#include "common/acl/acls.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/config/listing.h"
#include "common/expand/expand.h"
#include "conf/name_scan.h"
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
};

void warn_of_paths(const Driver& driver, Problems& problems)
{
    for (const auto& row : path_options) {
        const auto* setting = row.driver == driver.driver ? driver.settings.find(row.option) : nullptr;
        const auto* text = setting ? std::get_if<std::string>(&setting->value) : nullptr;
        if (!text)
            continue;
        std::string_view words = *text;
        if (row.what == "a command")
            words = words.substr(0, words.find_first_of(" \t"));
        for (const auto& variable : tainted_parts(words))
            problems.warning(setting->origin, config::show_line(*setting),
                             driver.name + ": " + variable + " comes from outside and may not name " +
                                 std::string(row.what) + ": this will fail at run time",
                             "write " + instead_of(variable));
    }
}

void warn_of_uses(const config::Origin& origin, std::string_view line, std::string_view text, Problems& problems)
{
    for (const auto& use : tainted_uses(text))
        problems.warning(origin, line,
                         use.variable + " comes from outside and may not be the " + use.where + ": this will fail at run time",
                         "write " + instead_of(use.variable));
}

void warn_of_settings(const config::Settings& settings, Problems& problems)
{
    for (const auto& setting : settings.all())
        if (const auto* text = std::get_if<std::string>(&setting.value); text && setting.is_written)
            warn_of_uses(setting.origin, config::show_line(setting), *text, problems);
}

// --- access control lists ---

struct Point {
    std::string_view option;
    acl::Where where;
};
constexpr Point points[] = {
    {"acl_smtp_connect", acl::where_connect}, {"acl_smtp_helo", acl::where_helo},
    {"acl_smtp_starttls", acl::where_starttls}, {"acl_smtp_auth", acl::where_auth},
    {"acl_smtp_mail", acl::where_mail},       {"acl_smtp_rcpt", acl::where_rcpt},
    {"acl_smtp_predata", acl::where_predata}, {"acl_smtp_mime", acl::where_mime},
    {"acl_smtp_dkim", acl::where_dkim},       {"acl_smtp_data", acl::where_data},
    {"acl_smtp_data_prdr", acl::where_prdr},  {"acl_not_smtp", acl::where_not_smtp},    {"acl_not_smtp_start", acl::where_not_smtp_start},
    {"acl_not_smtp_mime", acl::where_not_smtp_mime}, {"acl_smtp_etrn", acl::where_etrn},
    {"acl_smtp_vrfy", acl::where_vrfy},       {"acl_smtp_expn", acl::where_expn},
    {"acl_smtp_quit", acl::where_quit},       {"acl_smtp_notquit", acl::where_notquit},
};

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

void warn_of_unreached(const acl::Acl& list, Problems& problems)
{
    for (std::size_t i = 0; i + 1 < list.statements.size(); ++i)
        if (ends_always(list.statements[i])) {
            problems.warning(list.statements[i + 1].origin, "",
                             "ACL " + list.name + ": this is never reached: the \"" +
                                 std::string(acl::verb_name(list.statements[i].verb)) + "\" at " +
                                 list.statements[i].origin.text() + " has no condition and ends the list");
            return;
        }
}

void warn_of_wrong_phase(const acl::Acl& list, const Point& point, Problems& problems)
{
    for (const auto& statement : list.statements)
        for (const auto& clause : statement.clauses)
            if ((clause.allowed_at & point.where) == 0)
                problems.warning(clause.origin, "",
                                 "ACL " + list.name + " runs as " + std::string(point.option) + ", where \"" + clause.name +
                                     "\" cannot be " + (is_condition(clause) ? "tested" : "used") + ": it will defer all mail");
}

// --- an open relay ---

class RelayShapes {
public:
    RelayShapes(const Configuration& configuration, Problems& problems) : configuration_(configuration), problems_(problems) {}

    void look(const config::Acl& source, const acl::Acl& list)
    {
        if (!sends_elsewhere())
            return;
        for (const auto& statement : list.statements) {
            if (statement.verb == acl::Verb::accept)
                look_at(source, statement);
            else if (statement.verb != acl::Verb::warn && limits_recipients(statement))
                return; // what comes now is for some recipients only, as far as can be seen
        }
    }

private:
    bool sends_elsewhere() const
    {
        return std::ranges::any_of(configuration_.transports, [](const Driver& driver) { return driver.driver == "smtp"; });
    }

    static bool limits_recipients(const acl::Statement& statement)
    {
        static constexpr std::string_view words[] = {"domains", "recipients", "acl", "condition", "verify", "local_parts",
                                                     "authenticated", "hosts"};
        return std::ranges::any_of(statement.clauses, [](const acl::Clause& clause) {
            return is_condition(clause) && std::ranges::find(words, clause.name) != std::end(words);
        });
    }

    // Conditions that any stranger meets.
    void look_at(const config::Acl& source, const acl::Statement& statement)
    {
        static constexpr std::string_view open[] = {"hosts", "domains", "senders", "sender_domains"};
        bool is_open = true;
        for (const auto& clause : statement.clauses)
            if (is_condition(clause) && (clause.negated || std::ranges::find(open, clause.name) == std::end(open) ||
                                         !takes_anything(argument(source, clause), clause.name)))
                is_open = false;
        if (is_open)
            problems_.warning(statement.origin, "",
                              "an open relay: this accepts mail from any host for any domain",
                              "accept by authenticated = *, by hosts of your own networks, or by domains of your own");
    }

    // The clause's own text, from its line.
    static std::string argument(const config::Acl& source, const acl::Clause& clause)
    {
        for (const auto& line : source.lines)
            if (line.origin.line == clause.origin.line && line.origin.file_name() == clause.origin.file_name())
                if (const auto equals = line.text.find('='); equals != std::string::npos)
                    return std::string(trim(std::string_view(line.text).substr(equals + 1)));
        return {};
    }

    bool takes_anything(const std::string& list, std::string_view condition, unsigned depth = 0) const
    {
        if (condition == "senders" || condition == "sender_domains")
            return true; // anybody may claim to be anybody
        if (depth > 10)
            return false;
        for (const auto& item : config::split_list(list)) {
            if (item.starts_with('!'))
                return false;
            if (item == "*" || item == "0.0.0.0/0" || item == "::/0" || item == "0/0")
                return true;
            if (!item.starts_with('+'))
                continue;
            const auto kind = condition == "hosts" ? config::ListKind::host : config::ListKind::domain;
            if (const auto* named = configuration_.list(kind, item.substr(1)))
                if (takes_anything(named->value, condition, depth + 1))
                    return true;
        }
        return false;
    }

    const Configuration& configuration_;
    Problems& problems_;
};

void look_at_acls(const Configuration& configuration, Problems& problems)
{
    const auto language = expand::Language::linked();
    const auto words = acl::Words::linked();
    Problems told_elsewhere;
    for (const auto& source : configuration.acls) {
        const auto list = acl::parse_acl(source, language, words, told_elsewhere);
        warn_of_unreached(list, problems);
        for (const auto& line : source.lines)
            warn_of_uses(line.origin, line.text, line.text, problems);
        for (const auto& point : points) {
            const auto& setting = configuration.main.all.at(point.option);
            const auto* name = std::get_if<std::string>(&setting.value);
            if (!name || *name != source.name)
                continue;
            warn_of_wrong_phase(list, point, problems);
            if (point.where == acl::where_rcpt)
                RelayShapes(configuration, problems).look(source, list);
        }
    }
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
    for (const auto& macro : configuration.macros)
        if (!macro.is_built_in && !macro.from_command_line && !macro.is_used)
            problems.warning(macro.origin, "", "the macro \"" + macro.name + "\" is used nowhere");
}

}

Problems advise(const Configuration& configuration)
{
    Problems problems;
    warn_of_settings(configuration.main.all, problems);
    warn_of_hidden_items(configuration.main.all, problems);
    for (const auto& list : configuration.lists)
        warn_of_hidden_items(list.origin, std::string(config::keyword(list.kind)) + " " + list.name, list.value, problems);
    look_at_acls(configuration, problems);
    for (const auto* drivers : {&configuration.routers, &configuration.transports, &configuration.authenticators})
        for (const auto& driver : *drivers) {
            warn_of_paths(driver, problems);
            warn_of_settings(driver.settings, problems);
            warn_of_hidden_items(driver.settings, problems);
        }
    warn_of_unknown_names(configuration, problems);
    warn_of_unused(configuration, problems);
    return problems;
}

}
