#include "conf/relay_shapes.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/expand/remarks.h"
#include "common/net/cidr.h"

namespace gp::conf {
namespace {

constexpr unsigned deepest = 10; // lists within lists, ACLs within ACLs

// A condition, as a stranger meets it who is logged in nowhere and writes to a domain that nobody names here.
enum class Met {
    always,
    never,
    choosable, // the stranger may meet it or not: the sender is what they say
    avoidable, // the stranger need not meet it
    unclear,
};

Met negated(Met met)
{
    switch (met) {
    case Met::always: return Met::never;
    case Met::never: return Met::always;
    case Met::avoidable: return Met::choosable;
    default: return met;
    }
}

// What an ACL does with that stranger.
struct Fate {
    enum class Kind { accepted, blocked, unclear } kind = Kind::blocked;
    config::Origin by; // of the statement that accepts
};

class Stranger {
public:
    Stranger(const Configuration& configuration, const ParsedAcls& acls)
        : configuration_(configuration), acls_(acls), is_routed_(routes_anywhere())
    {
    }

    Fate fate(const ParsedAcl& one, unsigned depth = 0) const;
    bool takes_every_domain(std::string_view domains) const { return list(config::ListKind::domain, domains, 0) == Met::always; }
    // Of the words that name an ACL: its name, or a verb in line.
    Fate fate_of(std::string_view words, const config::Origin& origin, unsigned depth) const;

private:
    Met list(config::ListKind kind, std::string_view text, unsigned depth) const;
    Met item(config::ListKind kind, std::string_view item, unsigned depth) const;
    Met condition(const ParsedAcl& one, const acl::Clause& clause, unsigned depth) const;
    Met plain(const std::string& name, const std::string& argument, const config::Origin& origin, unsigned depth) const;
    static Met words(std::string_view text);
    Met verified(std::string_view what) const;
    bool routes_anywhere() const;
    bool takes_anything(const Driver& router) const;

    const Configuration& configuration_;
    const ParsedAcls& acls_;
    bool is_routed_;
};

// What a text comes to that asks for nothing: "${if eq{1}{1}{yes}{no}}".
std::string settled(std::string_view text)
{
    static const auto language = expand::Language::linked();
    const auto found = expand::constant_value(language, text);
    return found ? *found : std::string(text);
}

// Whether all that a text asks for is what the stranger says of themselves.
bool is_strangers_own(std::string_view text)
{
    constexpr std::string_view said[] = {"sender_address", "sender_helo_name", "message_size", "smtp_command", "return_path", "received_protocol"};
    bool any = false;
    for (auto at = text.find('$'); at != text.npos; at = text.find('$', at + 1)) {
        auto name = text.substr(at + 1);
        const bool has_brace = name.starts_with('{');
        if (has_brace)
            name.remove_prefix(1);
        const auto end = std::min(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789"), name.size());
        if (has_brace && (end == name.size() || name[end] != '}'))
            continue; // an item or an operator: its texts come
        if (std::ranges::none_of(said, [&](std::string_view one) { return name.starts_with(one); }))
            return false;
        any = true;
    }
    return any;
}

Met Stranger::list(config::ListKind kind, std::string_view written, unsigned depth) const
{
    const auto text = settled(written);
    if (depth > deepest || text.find('$') != text.npos)
        return Met::unclear;
    bool is_last_negated = false;
    for (const auto& whole : config::split_list(text)) {
        std::string_view rest = whole;
        is_last_negated = rest.starts_with('!');
        if (is_last_negated)
            rest = trim_left(rest.substr(1));
        const auto met = item(kind, rest, depth);
        if (met == Met::unclear)
            return met;
        if (met == Met::always)
            return is_last_negated ? Met::never : Met::always;
    }
    return is_last_negated ? Met::always : Met::never;
}

// A name, a network or a look-up is of somebody whom the list's owner knows.
Met Stranger::item(config::ListKind kind, std::string_view item, unsigned depth) const
{
    if (item == "*" || (kind == config::ListKind::address && item == "*@*"))
        return Met::always;
    if (item.starts_with('+')) {
        const auto* named = configuration_.list(kind, item.substr(1));
        return named ? list(kind, named->value, depth + 1) : Met::never; // or a word: +include_unknown
    }
    if (item.starts_with('^') || item.starts_with('/'))
        return Met::unclear;
    if (kind == config::ListKind::host) {
        if (item == "0/0")
            return Met::always;
        const auto network = net::Cidr::parse(item);
        return network && network->bits() <= 1 ? Met::always : Met::never;
    }
    return Met::never;
}

// A condition of our own making. One that does not look at where the mail goes, or who brings it, can be avoided.
Met Stranger::words(std::string_view text)
{
    const auto word = lower(trim(settled(text)));
    if (word == "yes" || word == "true" || (!word.empty() && word.find_first_not_of("0123456789") == word.npos && word != "0"))
        return Met::always;
    if (word.empty() || word == "no" || word == "false" || word == "0")
        return Met::never;
    constexpr std::string_view telling[] = {"$domain",      "{domain",   "local_part", "recipient",     "sender_host", "authenticated",
                                            "acl",          "interface", "received_",  "$original_dom", "tls_in",      "lookup"};
    const bool tells = std::ranges::any_of(telling, [&](std::string_view one) { return word.find(one) != word.npos; });
    return tells ? Met::unclear : is_strangers_own(word) ? Met::choosable : Met::avoidable;
}

Met Stranger::verified(std::string_view what) const
{
    const auto word = what.substr(0, what.find_first_of("/ \t="));
    if (word == "recipient")
        return is_routed_ ? Met::always : Met::unclear;
    return word == "certificate" ? Met::never : Met::choosable;
}

Met Stranger::plain(const std::string& name, const std::string& argument, const config::Origin& origin, unsigned depth) const
{
    if (name == "hosts")
        return list(config::ListKind::host, argument, depth);
    if (name == "domains")
        return list(config::ListKind::domain, argument, depth);
    if (name == "recipients")
        return list(config::ListKind::address, argument, depth);
    if (name == "local_parts")
        return list(config::ListKind::local_part, argument, depth) == Met::always ? Met::always : Met::avoidable;
    if (name == "authenticated")
        return Met::never;
    if (name == "verify")
        return verified(argument);
    if (name == "condition")
        return words(argument);
    if (name == "acl") {
        const auto kind = fate_of(argument, origin, depth + 1).kind;
        return kind == Fate::Kind::accepted ? Met::always : kind == Fate::Kind::blocked ? Met::never : Met::unclear;
    }
    if (name == "dnslists" || name == "ratelimit" || name == "seen")
        return Met::avoidable;
    constexpr std::string_view own_choice[] = {"senders", "sender_domains", "encrypted", "spf", "spf_guess"};
    return std::ranges::find(own_choice, name) != std::end(own_choice) ? Met::choosable : Met::unclear;
}

Met Stranger::condition(const ParsedAcl& one, const acl::Clause& clause, unsigned depth) const
{
    const auto met = plain(clause.name, one.argument(clause), clause.origin, depth);
    return clause.negated ? negated(met) : met;
}

Fate Stranger::fate(const ParsedAcl& one, unsigned depth) const
{
    const Fate unclear{Fate::Kind::unclear, {}};
    if (depth > deepest)
        return unclear;
    for (std::size_t i = 0; i < one.list.statements.size(); ++i) {
        const auto& statement = one.list.statements[i];
        if (statement.verb == acl::Verb::warn)
            continue;
        bool all_always = !one.is_broken[i], all_willing = !one.is_broken[i]; // can be met by whoever wants to
        bool is_avoided = false, is_barred = false, is_behind_endpass = false, fails_behind = false;
        for (const auto& clause : statement.clauses) {
            is_behind_endpass |= clause.kind == acl::Clause::Kind::endpass;
            if (clause.kind != acl::Clause::Kind::condition)
                continue;
            const auto met = condition(one, clause, depth);
            all_always &= met == Met::always;
            all_willing &= met == Met::always || met == Met::choosable;
            is_avoided |= met == Met::never || met == Met::choosable || met == Met::avoidable;
            is_barred |= met == Met::never;
            fails_behind |= met == Met::never && is_behind_endpass;
        }
        switch (statement.verb) {
        case acl::Verb::accept:
            if (all_willing)
                return {Fate::Kind::accepted, statement.origin};
            if (is_behind_endpass && (fails_behind || !is_barred))
                return unclear;
            break;
        case acl::Verb::require:
            if (is_barred)
                return {};
            if (!all_willing)
                return unclear;
            break;
        case acl::Verb::discard:
        case acl::Verb::deny:
        case acl::Verb::drop:
        case acl::Verb::defer:
            if (all_always)
                return {};
            if (!is_avoided)
                return unclear;
            break;
        case acl::Verb::warn: break;
        }
    }
    return {};
}

Fate Stranger::fate_of(std::string_view words, const config::Origin& origin, unsigned depth) const
{
    const auto text = trim(words);
    if (const auto* one = acls_.find(text.substr(0, text.find_first_of(" \t"))))
        return fate(*one, depth);
    if (acl::is_verb(text))
        return {same_nocase(text, "accept") || same_nocase(text, "require") ? Fate::Kind::accepted : Fate::Kind::blocked, origin};
    return {Fate::Kind::unclear, {}};
}

// --- where a stranger's recipient goes ---

const std::string* written(const Driver& driver, std::string_view option)
{
    const auto* setting = driver.settings.find(option);
    return setting && setting->is_written ? std::get_if<std::string>(&setting->value) : nullptr;
}

bool Stranger::takes_anything(const Driver& router) const
{
    for (const std::string_view limits : {"condition", "senders", "local_parts", "local_part_prefix", "local_part_suffix", "require_files"})
        if (written(router, limits))
            return false;
    const auto* verify = router.settings.find("verify_recipient");
    if (const auto* flag = verify ? std::get_if<bool>(&verify->value) : nullptr; flag && !*flag)
        return false;
    const auto* domains = written(router, "domains");
    return !domains || list(config::ListKind::domain, *domains, 0) == Met::always;
}

bool Stranger::routes_anywhere() const
{
    return std::ranges::any_of(configuration_.routers, [this](const Driver& router) {
        const auto* route_list = written(router, "route_list");
        const bool is_remote = router.driver == "dnslookup" ||
                               (router.driver == "manualroute" && (written(router, "route_data") || (route_list && trim(*route_list).starts_with('*'))));
        return is_remote && takes_anything(router);
    });
}

}

void warn_of_open_relay(const Configuration& configuration, const ParsedAcls& acls, config::Problems& problems)
{
    const auto is_smtp = [](const Driver& driver) { return driver.driver == "smtp"; };
    const auto& setting = configuration.main.all.at("acl_smtp_rcpt");
    const auto* text = std::get_if<std::string>(&setting.value);
    if (!text || std::ranges::none_of(configuration.transports, is_smtp))
        return;
    const Stranger stranger{configuration, acls};
    if (const auto& hack = configuration.main.all.at("percent_hack_domains"); hack.is_written)
        if (const auto* domains = std::get_if<std::string>(&hack.value); domains && stranger.takes_every_domain(*domains))
            problems.warning(hack.origin, "percent_hack_domains = " + *domains,
                             "an address LOCAL%DOMAIN@HOST becomes LOCAL@DOMAIN whoever HOST is: what other hosts would take for a relay's address goes on from here",
                             "name domains of your own, or leave it out");
    std::vector<Fate> fates;
    if (const auto words = settled(*text); words.find('$') == words.npos) {
        fates.push_back(stranger.fate_of(words, setting.origin, 0));
    } else {
        for (const auto* one : acls.named_in(*text))
            fates.push_back(stranger.fate(*one));
        if (words.find("{accept}") != words.npos) // in line, where some condition holds
            fates.push_back({Fate::Kind::accepted, setting.origin});
    }
    for (const auto& fate : fates)
        if (fate.kind == Fate::Kind::accepted)
            problems.warning(fate.by, "", "an open relay: this accepts mail from any host for any domain",
                             "accept by authenticated = *, by hosts of your own networks, or by domains of your own");
}

}
