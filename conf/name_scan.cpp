#include "conf/name_scan.h"

#include "common/acl/acls.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/config/listing.h"
#include "common/expand/expand.h"
#include "common/net/cidr.h"
#include "conf/list_items.h"
#include "conf/parsed_acls.h"

namespace gp::conf {
namespace {

using config::ListKind;

// Words of lists that begin with a plus sign and are no names (manual 10.6, 10.13, 10.20).
constexpr std::string_view plus_words[] = {"include_unknown", "ignore_unknown", "include_defer", "ignore_defer", "caseful"};

std::optional<ListKind> kind_of(config::Type type)
{
    switch (type) {
    case config::Type::domain_list: return ListKind::domain;
    case config::Type::host_list: return ListKind::host;
    case config::Type::address_list: return ListKind::address;
    case config::Type::local_part_list: return ListKind::local_part;
    default: return std::nullopt;
    }
}

std::optional<ListKind> kind_of_condition(std::string_view name)
{
    if (name == "domains" || name == "sender_domains")
        return ListKind::domain;
    if (name == "hosts")
        return ListKind::host;
    if (name == "senders" || name == "recipients")
        return ListKind::address;
    return name == "local_parts" ? std::optional(ListKind::local_part) : std::nullopt;
}

class Names {
public:
    Names(const Configuration& configuration, config::Problems& problems)
        : configuration_(configuration), problems_(problems), items_(problems)
    {
    }

    void list(ListKind kind, std::string_view text, const config::Origin& origin, std::string_view line, bool is_definition = false)
    {
        items_.look_at(kind, text, origin, line);
        if (!is_definition && (text == "!*" || text == "! *")) // a list may be empty on purpose
            tell(origin, line, "\"" + std::string(text) + "\" alone matches nothing", {}, "");
        if (text.find_first_of("$\\") != text.npos)
            return;
        for (const auto& whole : config::split_list(std::string(text))) {
            std::string_view item = whole;
            if (item.starts_with('!'))
                item = trim_left(item.substr(1));
            if (item.starts_with('+'))
                named(kind, item.substr(1), origin, line);
            else if (kind == ListKind::host)
                network(item, origin, line);
        }
    }

    // A list that names itself, through others or not.
    void circles()
    {
        for (const auto& one : configuration_.lists) {
            std::vector<std::string_view> seen;
            if (leads_to(one.kind, one.value, one.name, seen))
                tell(one.origin, "", "the " + std::string(config::keyword(one.kind)) + " \"" + one.name + "\" refers to itself: whatever asks it will be deferred",
                     {}, "");
        }
    }

    void acl(std::string_view name, const config::Origin& origin, std::string_view line)
    {
        // More than one word may be a text with arguments, or an ACL in line; a path is a file with one.
        if (name.empty() || name.find_first_of(" \t\n$\\/{") != name.npos || configuration_.acl(name))
            return;
        if (acl::is_verb(name)) // an ACL in line: "acl_smtp_vrfy = accept" (manual 44.3)
            return;
        std::vector<std::string_view> known;
        for (const auto& one : configuration_.acls)
            known.push_back(one.name);
        tell(origin, line, "there is no ACL \"" + std::string(name) + "\": this will defer all mail", nearest(name, known), "");
    }

private:
    bool leads_to(ListKind kind, std::string_view text, std::string_view wanted, std::vector<std::string_view>& seen) const
    {
        if (text.find('$') != text.npos)
            return false;
        for (const auto& whole : config::split_list(std::string(text))) {
            const auto item = whole.starts_with('!') ? trim_left(std::string_view(whole).substr(1)) : std::string_view(whole);
            const auto* list = item.starts_with('+') ? configuration_.list(kind, item.substr(1)) : nullptr;
            if (!list || std::ranges::find(seen, list->name) != seen.end())
                continue;
            if (list->name == wanted)
                return true;
            seen.push_back(list->name);
            if (leads_to(kind, list->value, wanted, seen))
                return true;
        }
        return false;
    }

    void named(ListKind kind, std::string_view name, const config::Origin& origin, std::string_view line)
    {
        if (std::ranges::find(plus_words, name) != std::end(plus_words) || configuration_.list(kind, name))
            return;
        std::vector<std::string_view> known;
        for (const auto& one : configuration_.lists)
            if (one.kind == kind)
                known.push_back(one.name);
        tell(origin, line, "there is no " + std::string(config::keyword(kind)) + " \"" + std::string(name) + "\"", nearest(name, known), "+");
    }

    // "10.0.0.0/33"
    void network(std::string_view item, const config::Origin& origin, std::string_view line)
    {
        const auto slash = item.find('/');
        const bool begins_like_one = !item.empty() && (is_digit(item[0]) || item[0] == ':') && item.find(';') == item.npos;
        if (slash == item.npos || !begins_like_one || net::Cidr::parse(item))
            return;
        tell(origin, line, "\"" + std::string(item) + "\" is no network: it matches no host, and may keep what is behind it from being looked at", {}, "");
    }

    void tell(const config::Origin& origin, std::string_view line, std::string what, std::string_view meant, std::string_view before)
    {
        problems_.warning(origin, line, std::move(what),
                          meant.empty() ? "" : "did you mean \"" + std::string(before) + std::string(meant) + "\"?");
    }

    const Configuration& configuration_;
    config::Problems& problems_;
    ListItems items_;
};

void look_at(const config::Settings& settings, Names& names)
{
    for (const auto& setting : settings.all()) {
        const auto* text = std::get_if<std::string>(&setting.value);
        if (!text || !setting.is_written)
            continue;
        if (const auto kind = kind_of(setting.option->type))
            names.list(*kind, *text, setting.origin, config::show_line(setting));
    }
}

// "  deny  domains = +x : y": the argument behind the condition's name. A line may begin with the verb, or be the rest of
// one that began before.
void look_at_line(const config::Line& line, const acl::Clause& clause, Names& names)
{
    const auto equals = line.text.find('=');
    if (equals == std::string::npos)
        return;
    const auto argument = trim(std::string_view(line.text).substr(equals + 1));
    if (const auto kind = kind_of_condition(clause.name))
        names.list(*kind, argument, clause.origin, line.text);
    else if (clause.name == "acl")
        names.acl(argument.substr(0, argument.find_first_of(" \t")), clause.origin, line.text);
}

void look_at_acls(const Configuration& configuration, Names& names)
{
    const auto language = expand::Language::linked();
    const auto words = acl::Words::linked();
    config::Problems told_elsewhere;
    for (const auto& source : configuration.acls)
        for (const auto& statement : acl::parse_acl(source, language, words, told_elsewhere).statements)
            for (const auto& clause : statement.clauses)
                for (const auto& line : source.lines)
                    if (line.origin.line == clause.origin.line && line.origin.file_name() == clause.origin.file_name())
                        look_at_line(line, clause, names);
}

}

void warn_of_acl(const Configuration& configuration, std::string_view name, const config::Origin& origin, std::string_view line,
                 config::Problems& problems)
{
    Names{configuration, problems}.acl(name, origin, line);
}

void warn_of_list(const Configuration& configuration, config::ListKind kind, std::string_view text, const config::Origin& origin,
                  std::string_view line, config::Problems& problems)
{
    Names{configuration, problems}.list(kind, text, origin, line, true);
}

void warn_of_unknown_names(const Configuration& configuration, config::Problems& problems)
{
    Names names{configuration, problems};
    look_at(configuration.main.all, names);
    for (const auto& setting : configuration.main.all.all())
        if (const auto* name = std::get_if<std::string>(&setting.value);
            name && setting.is_written && (setting.option->name.starts_with("acl_smtp_") || setting.option->name.starts_with("acl_not_smtp")))
            names.acl(*name, setting.origin, config::show_line(setting));
    for (const auto& list : configuration.lists)
        names.list(list.kind, list.value, list.origin, list.is_hidden ? "" : list.value, true);
    names.circles();
    look_at_acls(configuration, names);
    for (const auto* drivers : {&configuration.routers, &configuration.transports, &configuration.authenticators})
        for (const auto& driver : *drivers)
            look_at(driver.settings, names);
    for (const auto& rule : configuration.retry) {
        names.list(ListKind::address, rule.pattern, rule.origin, rule.pattern);
        names.list(ListKind::address, rule.senders, rule.origin, rule.senders);
    }
}

}
