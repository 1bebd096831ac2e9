#include "common/spf/record.h"

#include <algorithm>
#include <array>

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::spf {
namespace {

constexpr std::string_view version = "v=spf1";
constexpr std::string_view delimiters = ".-+,/_=";

constexpr std::array<std::string_view, 7> names = {"none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"};

Error wrong(std::string_view term)
{
    return permanent("\"" + escape(term) + "\" is wrong in the SPF record");
}

// RFC 7208 section 7.1: "%{" letter, digits, "r", delimiters "}". The length, or 0.
std::size_t macro_length(std::string_view text, bool in_text)
{
    const std::string_view letters = in_text ? "slodiphcrtv" : "slodiphv";
    std::size_t at = 2;
    if (text.size() < 4 || letters.find(to_lower(text[at])) == std::string_view::npos)
        return 0;
    const auto digits = ++at;
    while (at < text.size() && is_digit(text[at]))
        ++at;
    const auto number = text.substr(digits, at - digits);
    if (!number.empty() && number.find_first_not_of('0') == std::string_view::npos)
        return 0;
    if (at < text.size() && to_lower(text[at]) == 'r')
        ++at;
    while (at < text.size() && delimiters.find(text[at]) != std::string_view::npos)
        ++at;
    return at < text.size() && text[at] == '}' ? at + 1 : 0;
}

bool is_top_label(std::string_view label)
{
    return !label.empty() && is_alnum(label.front()) && is_alnum(label.back()) &&
           std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-'; }) &&
           !std::ranges::all_of(label, is_digit);
}

// Ends in a macro, or in a dot and a label that could be a top one.
bool is_domain_spec(std::string_view text)
{
    if (text.empty() || !is_macro_string(text, false))
        return false;
    if (const auto open = text.rfind("%{"); open != std::string_view::npos && text.find('}', open) == text.size() - 1)
        return true;
    if (text.ends_with('.'))
        text.remove_suffix(1);
    const auto dot = text.rfind('.');
    return dot != std::string_view::npos && is_top_label(text.substr(dot + 1));
}

// "0", "24": no zero in front.
std::optional<unsigned> bits_of(std::string_view text, unsigned most)
{
    if (text.empty() || text.size() > 3 || !std::ranges::all_of(text, is_digit) || (text.size() > 1 && text[0] == '0'))
        return {};
    const auto number = parse_unsigned(text);
    return number && *number <= most ? std::optional{static_cast<unsigned>(*number)} : std::nullopt;
}

// Takes digits and the slash before them off the end: they and nothing else are a mask, for a name may hold a slash.
std::optional<std::string_view> take_mask(std::string_view& text, std::string_view slash)
{
    const auto digits = text.find_last_not_of("0123456789") + 1;
    const auto mask = text.substr(digits);
    if (mask.empty() || !text.substr(0, digits).ends_with(slash))
        return {};
    text.remove_suffix(mask.size() + slash.size());
    return mask;
}

// Takes "/24", "//64" and "/24//64" off the end.
bool take_dual_cidr(std::string_view& text, Directive& directive)
{
    if (const auto mask = take_mask(text, "//")) {
        const auto bits = bits_of(*mask, 128);
        if (!bits)
            return false;
        directive.bits6 = *bits;
    }
    if (const auto mask = take_mask(text, "/")) {
        const auto bits = bits_of(*mask, 32);
        if (!bits)
            return false;
        directive.bits4 = *bits;
    }
    return true;
}

bool read_network(std::string_view text, bool is_v4, Directive& directive)
{
    const auto slash = text.find('/');
    const auto address = net::Address::parse(text.substr(0, slash));
    if (!address || address->is_v4() != is_v4 || text.find('[') != std::string_view::npos || text.find('%') != std::string_view::npos)
        return false;
    const unsigned width = address->width();
    const auto bits = slash == std::string_view::npos ? std::optional{width} : bits_of(text.substr(slash + 1), width);
    if (!bits)
        return false;
    directive.network = net::Cidr{*address, *bits};
    return true;
}

Result<Directive> directive_of(std::string_view term)
{
    using Kind = Directive::Kind;
    constexpr std::pair<char, Outcome> qualifiers[] = {
        {'+', Outcome::pass}, {'-', Outcome::fail}, {'~', Outcome::softfail}, {'?', Outcome::neutral}};
    Directive directive{.text = std::string(term)};
    auto rest = term;
    for (const auto& [sign, outcome] : qualifiers)
        if (term.front() == sign) {
            directive.outcome = outcome;
            rest.remove_prefix(1);
        }
    const auto end = std::min(rest.find_first_of(":/"), rest.size());
    const auto name = lower(rest.substr(0, end));
    auto argument = rest.substr(end);
    if (name == "ip4" || name == "ip6") {
        directive.kind = Kind::ip;
        if (!argument.starts_with(':') || !read_network(argument.substr(1), name == "ip4", directive))
            return wrong(term);
        return directive;
    }
    constexpr std::pair<std::string_view, Kind> kinds[] = {{"all", Kind::all}, {"include", Kind::include}, {"a", Kind::a},
                                                           {"mx", Kind::mx},   {"ptr", Kind::ptr},         {"exists", Kind::exists}};
    const auto* kind = std::ranges::find(kinds, name, &std::pair<std::string_view, Kind>::first);
    if (kind == std::end(kinds))
        return wrong(term);
    directive.kind = kind->second;
    if ((directive.kind == Kind::a || directive.kind == Kind::mx) && !take_dual_cidr(argument, directive))
        return wrong(term);
    const bool must = directive.kind == Kind::include || directive.kind == Kind::exists;
    if (argument.empty() && !must)
        return directive;
    if (directive.kind == Kind::all || !argument.starts_with(':') || !is_domain_spec(argument.substr(1)))
        return wrong(term);
    directive.domain = argument.substr(1);
    return directive;
}

bool is_modifier_name(std::string_view name)
{
    return !name.empty() && is_alpha(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

Status read_modifier(std::string_view term, std::size_t equals, Record& record)
{
    const auto name = lower(term.substr(0, equals));
    const auto value = term.substr(equals + 1);
    if (name != "redirect" && name != "exp") // section 6: unknown ones are ignored
        return is_macro_string(value, false) || is_macro_string(value, true) ? Status{} : wrong(term);
    auto& place = name == "exp" ? record.explanation : record.redirect;
    if (place || !is_domain_spec(value))
        return wrong(term);
    place = std::string(value);
    return {};
}

}

std::string_view name_of(Outcome outcome)
{
    return names[static_cast<std::size_t>(outcome)];
}

bool is_macro_string(std::string_view text, bool in_text)
{
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c != '%') {
            if ((c < 0x21 || c > 0x7e) && !(in_text && c == ' '))
                return false;
            ++at;
            continue;
        }
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        const std::size_t length = next == '%' || next == '_' || next == '-' ? 2 : next == '{' ? macro_length(text.substr(at), in_text) : 0;
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

bool is_record(std::string_view text)
{
    return starts_nocase(text, version) && (text.size() == version.size() || text[version.size()] == ' ');
}

Result<Record> parse_record(std::string_view text)
{
    Record record;
    for (auto term : split(text.substr(version.size()), ' ')) {
        if (term.empty())
            continue;
        const auto mark = term.find_first_of(":/=");
        if (mark != std::string_view::npos && term[mark] == '=' && is_modifier_name(term.substr(0, mark)))
            TRY(read_modifier(term, mark, record));
        else
            record.directives.push_back(TRY(directive_of(term)));
    }
    return record;
}

}
