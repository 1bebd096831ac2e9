#include "common/rewrite/rules.h"

#include <array>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "common/mail/address_parser.h"
#include "common/mail/header_changes.h"
#include "common/mail/encoded_word.h"

namespace gp::rewrite {
namespace {

constexpr unsigned most_repeats = 10; // manual 31.10, flag R

struct Place {
    Where where;
    char flag;
    std::string_view name, header;
};
// In the order of -brw.
constexpr std::array places = {
    Place{in_sender, 's', "sender", "Sender"}, Place{in_from, 'f', "from", "From"},
    Place{in_to, 't', "to", "To"},             Place{in_cc, 'c', "cc", "Cc"},
    Place{in_bcc, 'b', "bcc", "Bcc"},          Place{in_reply_to, 'r', "reply-to", "Reply-To"},
    Place{env_from, 'F', "env-from", {}},      Place{env_to, 'T', "env-to", {}},
};

std::uint32_t places_of_flag(char flag)
{
    if (flag == 'E')
        return all_envelope;
    if (flag == 'h')
        return all_headers;
    if (flag == 'S')
        return at_smtp_time;
    for (const auto& place : places)
        if (place.flag == flag)
            return place.where;
    return 0;
}

struct Halves {
    std::string_view local, domain;
};
Halves halves_of(std::string_view address)
{
    return {mail::local_part_of(address), mail::domain_of(address)};
}

// $0 is the whole address, $1 and on what the asterisks stood for.
void set_captures(expand::Scene& scene, std::string_view address, std::vector<std::string> parts)
{
    scene.captures.values.clear();
    scene.captures.values.push_back(Text::from(std::string(address), "$0"));
    for (auto& part : parts)
        scene.captures.values.push_back(Text::from(std::move(part), "$1"));
}

// "*name" against the end of a text; what the asterisk stood for goes to `parts`.
bool star_matches(std::string_view pattern, std::string_view text, bool caseful, std::vector<std::string>& parts)
{
    pattern.remove_prefix(1);
    if (caseful ? !text.ends_with(pattern) : !ends_nocase(text, pattern))
        return false;
    parts.emplace_back(text.substr(0, text.size() - pattern.size()));
    return true;
}

// One item of an address list by itself; a newline cannot be in it, so that its colons are its own.
std::string one_item(std::string_view pattern)
{
    return "<\n " + std::string(pattern);
}

Result<bool> match_regex(expand::Scene& scene, std::string_view pattern, std::string_view subject)
{
    const auto regex = TRY(lookup::Regex::compile(pattern));
    std::vector<lookup::Regex::Span> groups;
    if (!TRY(regex.match(subject, groups)))
        return false;
    auto parts = lookup::captured(subject, groups);
    parts.erase(parts.begin());
    set_captures(scene, subject, std::move(parts));
    return true;
}

Result<bool> match_halves(expand::Scene& scene, std::string_view pattern, std::string_view address)
{
    const auto wanted = halves_of(pattern), given = halves_of(address);
    std::vector<std::string> parts;
    if (wanted.local.starts_with('*') ? !star_matches(wanted.local, given.local, true, parts) : wanted.local != given.local)
        return false;
    const auto domain = lower(given.domain);
    if (wanted.domain.starts_with('*')) {
        if (!star_matches(wanted.domain, domain, false, parts))
            return false;
    } else {
        const auto list = expand::ListText::literal(match::Kind::domain, one_item(wanted.domain));
        const auto match = TRY(list.domain(scene, domain, true));
        if (!match)
            return false;
        scene.value = match.value;
        for (std::size_t i = 1; i < match.captures.size(); ++i)
            parts.push_back(match.captures[i]);
    }
    set_captures(scene, address, std::move(parts));
    return true;
}

// A pattern of a domain alone: $1 is what the asterisk stood for there.
bool match_star_of_domain(expand::Scene& scene, std::string_view pattern, std::string_view address)
{
    std::vector<std::string> parts;
    if (!star_matches(pattern, lower(halves_of(address).domain), false, parts))
        return false;
    set_captures(scene, address, std::move(parts));
    return true;
}

Result<bool> match_item(expand::Scene& scene, std::string_view pattern, std::string_view address)
{
    const auto list = expand::ListText::literal(match::Kind::address, "<\n +caseful\n" + std::string(pattern));
    const auto match = TRY(list.address(scene, address));
    if (!match)
        return false;
    scene.value = match.value;
    std::vector<std::string> parts;
    for (std::size_t i = 1; i < match.captures.size(); ++i)
        parts.push_back(match.captures[i]);
    set_captures(scene, address, std::move(parts));
    return true;
}

// Whole items outside of angle brackets are encoded where they must be (manual 31.10, flag w).
std::string encoded_whole(const expand::Scene& scene, std::string_view text)
{
    const auto bracket = text.find('<');
    if (bracket == std::string_view::npos)
        return std::string(text);
    const auto phrase = trim(text.substr(0, bracket));
    const bool plain = std::ranges::all_of(phrase, [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
    if (plain)
        return std::string(text);
    return mail::encode_words(phrase, scene.site().headers_charset) + " " + std::string(text.substr(bracket));
}

}

std::string_view name_of(Where where)
{
    for (const auto& place : places)
        if (place.where == where)
            return place.name;
    return "smtp";
}

std::uint32_t place_of(std::string_view header_name)
{
    if (starts_nocase(header_name, "Resent-"))
        header_name.remove_prefix(7);
    for (const auto& place : places)
        if (!place.header.empty() && same_nocase(header_name, place.header))
            return place.where;
    return 0;
}

Result<Rules::Rule> Rules::read_one(const expand::Language& language, const RuleText& text, bool for_headers_only)
{
    const auto bad = [&](const std::string& why) { return misconfigured(text.origin.text() + ": rewriting rule: " + why); };
    Rule rule;
    auto pattern = language.parse(text.pattern);
    if (!pattern)
        return bad(pattern.error().text);
    rule.pattern = std::move(pattern).take();
    rule.keeps = text.replacement == "*";
    auto replacement = language.parse(text.replacement);
    if (!replacement)
        return bad(replacement.error().text);
    rule.replacement = std::move(replacement).take();
    for (const char flag : text.flags) {
        if (for_headers_only && std::string_view("EFTS").find(flag) != std::string_view::npos)
            return bad(std::string("rewrite flag '") + flag + "' is not permitted in headers_rewrite");
        rule.quits |= flag == 'q';
        rule.repeats |= flag == 'R';
        rule.whole |= flag == 'w';
        rule.qualifies |= flag == 'Q';
        rule.places |= places_of_flag(flag);
    }
    if (rule.places == 0)
        rule.places = for_headers_only ? all_headers : all_headers | all_envelope;
    return rule;
}

Result<Rules> Rules::read(const expand::Language& language, const std::vector<RuleText>& texts, bool for_headers_only)
{
    Rules all;
    for (const auto& text : texts) {
        all.rules_.push_back(TRY(read_one(language, text, for_headers_only)));
        all.places_ |= all.rules_.back().places;
    }
    return all;
}

Result<bool> Rules::matches(expand::Scene& scene, const Rule& rule, std::string_view address, Where where) const
{
    auto pattern = rule.pattern.expand(scene);
    if (!pattern && pattern.error().cause == Cause::forced_fail)
        return false;
    if (!pattern)
        return pattern.error();
    auto text = trim(pattern->text);
    if (!text.starts_with('!') || where == at_smtp_time)
        return matches(scene, text, address, where);
    text.remove_prefix(1);
    const bool is_so = TRY(matches(scene, trim(text), address, where));
    set_captures(scene, address, {});
    return !is_so;
}

Result<bool> Rules::matches(expand::Scene& scene, std::string_view text, std::string_view address, Where where)
{
    if (text.starts_with('^'))
        return match_regex(scene, text, address);
    if (where == at_smtp_time)
        return false;
    const bool is_lookup = text.find(';') != std::string_view::npos && text.find(';') < text.find('@');
    if (text.find('@') != std::string_view::npos && !text.starts_with('@') && !is_lookup)
        return match_halves(scene, text, address);
    if (text.starts_with('*') && !is_lookup)
        return match_star_of_domain(scene, text, address);
    return match_item(scene, text, address);
}

// One rule on the address as it is now.
Rules::Next Rules::try_rule(expand::Scene& scene, std::size_t index, Where where, Rewritten& state, Notes* notes) const
{
    const auto& rule = rules_[index];
    const auto trouble = [&](std::string text) {
        log::debug("rewrite", text);
        if (notes)
            notes->troubles.push_back(std::move(text));
        return Next::stop;
    };
    if (where != at_smtp_time) {
        const auto halves = halves_of(state.address);
        scene.local_part = Text::from(std::string(halves.local), "$local_part");
        scene.domain = Text::from(std::string(halves.domain), "$domain");
    }
    const auto matched = matches(scene, rule, state.address, where);
    if (!matched)
        return trouble("rewriting of " + state.address + ": " + matched.error().text);
    if (!*matched)
        return Next::on;
    if (rule.keeps)
        return Next::stop;
    const auto after_failure = rule.quits ? Next::stop : Next::on;
    auto words = rule.replacement.expand(scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return after_failure;
    if (!words)
        return trouble("Expansion of " + rule.replacement.source() + " failed while rewriting: " + words.error().text);
    Rewritten made{.whole = {}, .changed = true};
    if (where == at_smtp_time) {
        made.address = words->text;
    } else {
        auto parsed = mail::parse_address(words->text, {.allow_domain_literals = true, .allow_null = where == env_from});
        if (!parsed)
            return trouble("Rewrite of " + state.address + " yielded unparseable address: " + parsed.error().text +
                           " in address " + words->text);
        if (parsed->address.empty()) { // <>: the null sender, to which no more rules apply
            if (notes)
                notes->done.push_back({.before = state.address, .after = {}, .where = where, .rule = index + 1});
            return state = {.address = {}, .changed = true}, Next::stop;
        }
        made.address = parsed->address;
        if (!parsed->has_domain()) {
            if (!rule.qualifies)
                return trouble("Rewrite of " + state.address + " yielded unqualified address \"" + words->text + "\"");
            made.address += "@" + scene.site().qualify_recipient;
        }
        if (rule.whole && (where & all_headers))
            made.whole = encoded_whole(scene, words->text);
    }
    if (log::debugging("rewrite"))
        log::debug("rewrite", std::string(name_of(where)) + ": " + escape(state.address) + " becomes " +
                                  escape(made.whole.empty() ? made.address : made.whole) + " by rule " + std::to_string(index + 1));
    if (notes)
        notes->done.push_back({.before = state.address, .after = made.whole.empty() ? made.address : made.whole, .where = where, .rule = index + 1});
    // A later rule that changes only the working part changes it inside a whole item as well.
    if (made.whole.empty() && !state.whole.empty())
        made.whole = replace_all(state.whole, state.address, made.address);
    state = std::move(made);
    if (rule.repeats)
        return Next::again;
    return rule.quits ? Next::stop : Next::on;
}

Rules::Rewritten Rules::apply(expand::Scene& scene, std::string_view address, Where where, Notes* notes) const
{
    Rewritten state{.address = std::string(address)};
    const auto domain = scene.domain, local_part = scene.local_part;
    const auto captures = scene.captures;
    const auto value = scene.value;
    unsigned repeats = 0;
    for (std::size_t i = 0; i < rules_.size();) {
        if (!(rules_[i].places & where)) {
            ++i;
            continue;
        }
        const auto next = try_rule(scene, i, where, state, notes);
        if (next == Next::stop)
            break;
        if (next == Next::again && ++repeats < most_repeats)
            continue;
        // R with q stops once the rule matches no more, when it has rewritten something.
        if (repeats > 0 && rules_[i].quits)
            break;
        repeats = 0;
        ++i;
    }
    scene.domain = domain;
    scene.local_part = local_part;
    scene.captures = captures;
    scene.value = value;
    return state;
}

std::string Rules::address(expand::Scene& scene, std::string_view address, Where where, Notes* notes) const
{
    if (address.empty() || !apply_to(where))
        return std::string(address);
    return apply(scene, address, where, notes).address;
}

std::string Rules::command(expand::Scene& scene, std::string_view argument, Notes* notes) const
{
    if (!apply_to(at_smtp_time))
        return std::string(argument);
    return apply(scene, argument, at_smtp_time, notes).address;
}

std::optional<std::string> Rules::header(expand::Scene& scene, const mail::Header& header, Notes* notes) const
{
    const auto where = static_cast<Where>(place_of(header.name()));
    if (!where || !apply_to(where))
        return std::nullopt;
    const std::string_view text(header.raw_value());
    const auto list = mail::parse_address_list(text, {.allow_domain_literals = true});
    if (notes)
        for (const auto& item : list.items)
            if (!item.parsed)
                notes->remarks.push_back("rewrite: " + item.parsed.error().text);
    std::vector<mail::AddressChange> changes;
    for (const auto& item : list.items) {
        if (!item.parsed || !item.parsed->has_domain())
            continue;
        const auto& parsed = *item.parsed;
        auto made = apply(scene, parsed.address, where, notes);
        if (!made.changed || (made.address == parsed.address && made.whole.empty()))
            continue;
        if (made.whole.empty())
            changes.push_back({parsed.begin, parsed.end, std::move(made.address)});
        else
            changes.push_back({item.begin, item.end, std::move(made.whole)});
    }
    if (changes.empty())
        return std::nullopt;
    return mail::with_changes(std::string_view(header.text()).substr(0, header.text().size() - text.size()), text, changes);
}

std::optional<std::string> with_domain(const mail::Header& header, std::string_view old, std::string_view other)
{
    if (!place_of(header.name()))
        return std::nullopt;
    const std::string_view text(header.raw_value());
    const auto list = mail::parse_address_list(text, {.allow_domain_literals = true});
    std::vector<mail::AddressChange> changes;
    for (const auto& item : list.items)
        if (item.parsed && same_nocase(mail::domain_of(item.parsed->address), old))
            changes.push_back({item.parsed->begin, item.parsed->end,
                               std::string(mail::local_part_of(item.parsed->address)) + "@" + std::string(other)});
    if (changes.empty())
        return std::nullopt;
    return mail::with_changes(std::string_view(header.text()).substr(0, header.text().size() - text.size()), text, changes);
}

namespace {

// The route of "@a,@b:x@y" goes; `begin`: where the address begins in the text.
std::string without_route(std::string_view text, std::size_t begin)
{
    const auto colon = begin < text.size() && text[begin] == '@' ? text.find(':', begin) : std::string_view::npos;
    return std::string(text.substr(0, begin)) + std::string(text.substr(colon == std::string_view::npos ? begin : colon + 1));
}

}

std::string test_lines(const Rules& rules, expand::Scene& scene, std::string_view given)
{
    std::string out;
    const auto checked = mail::parse_address(given, {.allow_domain_literals = true});
    if (!checked) {
        auto why = checked.error().text;
        if (!why.empty())
            why.front() = upper(why.substr(0, 1)).front();
        return "Syntax error in " + std::string(given) + "\n" + why + "\n";
    }
    const auto address = without_route(given, checked->begin);
    for (const auto& place : places) {
        out += std::string(8 - place.name.size(), ' ') + std::string(place.name) + ": ";
        if (place.where & all_headers) {
            const mail::Header plain{std::string(place.header) + ": " + std::string(address) + "\n"};
            const auto made = rules.header(scene, plain);
            out += made ? mail::Header{*made}.value() : std::string(address);
        } else {
            const auto made = rules.address(scene, checked->address, place.where);
            out += made.empty() ? "<>" : made;
        }
        out += '\n';
    }
    return out;
}

}
