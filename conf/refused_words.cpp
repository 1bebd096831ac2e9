#include "conf/refused_words.h"

#include <array>

#include "common/base/text.h"

namespace gp::conf {
namespace {

constexpr std::string_view no_libraries = "code of others is not loaded into a process of the suite; ${readsocket to a "
                                          "service of yours can tell the same";
constexpr std::string_view no_pwcheck = "pwcheck was given up for saslauthd by those who made it: ${if saslauthd{{user}{password}} asks that";
constexpr std::string_view no_radius = "there is no client library of Radius here; pam_radius_auth asks such a server, "
                                       "and ${if pam{user:password}} asks that (pam_allow_network)";
constexpr std::string_view no_client = "no client library for it is used";

// clang-format off
constexpr std::array rows = {
    RefusedWord{WordKind::item, "dlfunc", no_libraries},
    RefusedWord{WordKind::item, "perl", no_libraries},
    RefusedWord{WordKind::condition, "pwcheck", no_pwcheck},
    RefusedWord{WordKind::condition, "radius", no_radius},
    RefusedWord{WordKind::lookup, "ibase", no_client},
    RefusedWord{WordKind::lookup, "nis", "NIS hands passwords to everybody who asks; passwd, or a file, can tell the same"},
    RefusedWord{WordKind::lookup, "nis0", "NIS hands passwords to everybody who asks; passwd, or a file, can tell the same"},
    RefusedWord{WordKind::lookup, "nisplus", no_client},
    RefusedWord{WordKind::lookup, "oracle", no_client},
    RefusedWord{WordKind::lookup, "whoson", "no Whoson server is asked; a look-up of another type can tell the same"},
    RefusedWord{WordKind::variable, "local_scan_data", "there is no local_scan() function", true},
};
// clang-format on

bool fits(std::string_view pattern, std::string_view name)
{
    return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
}

bool is_name_char(char c)
{
    return is_alnum(c) || c == '_';
}

std::string_view name_at(std::string_view text, std::size_t at)
{
    auto end = at;
    while (end < text.size() && is_name_char(text[end]))
        ++end;
    return text.substr(at, end - at);
}

// Behind "$" or "${": a variable, or an item when its arguments follow.
const RefusedWord* behind_dollar(std::string_view text, std::size_t at)
{
    const bool in_braces = at < text.size() && text[at] == '{';
    const auto name = name_at(text, at + (in_braces ? 1 : 0));
    if (name.empty())
        return nullptr;
    if (in_braces) {
        const auto after = trim_left(text.substr(at + 1 + name.size()));
        if (after.starts_with('{') || after.starts_with(','))
            return refused_word(WordKind::item, name);
    }
    if (const auto* variable = refused_word(WordKind::variable, name); variable && !variable->is_empty_rightly)
        return variable;
    return nullptr;
}

// A word that is followed by a brace: a condition, or the type of a look-up; or by what a list's look-up has.
const RefusedWord* plain_word(std::string_view text, std::size_t at, std::string_view name)
{
    const auto after = trim_left(text.substr(at + name.size()));
    const auto before = trim(text.substr(0, at));
    if (after.starts_with('{'))
        if (const auto* condition = refused_word(WordKind::condition, name);
            condition && (before.ends_with('{') || before.ends_with('!') || before.ends_with("if")))
            return condition;
    const bool is_asked = after.starts_with('{') || after.starts_with(';') || after.starts_with(',');
    const bool is_lookup = before.ends_with("${lookup") || before.ends_with('}') || before.ends_with("net-") || after.starts_with(';');
    return is_asked && is_lookup ? refused_word(WordKind::lookup, name) : nullptr;
}

}

const RefusedWord* refused_word(WordKind kind, std::string_view name)
{
    for (const auto& row : rows)
        if (row.kind == kind && fits(row.name, name))
            return &row;
    return nullptr;
}

const RefusedWord* refused_word_in(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c == '\\') {
            // \N…\N is taken as it stands.
            const auto end = text.substr(at).starts_with("\\N") ? text.find("\\N", at + 2) : text.npos;
            at = end == text.npos ? at + 2 : end + 2;
        } else if (c == '$') {
            if (const auto* found = behind_dollar(text, at + 1))
                return found;
            ++at;
        } else if (is_name_char(c) && (at == 0 || (!is_name_char(text[at - 1]) && text[at - 1] != '$'))) {
            const auto name = name_at(text, at);
            if (const auto* found = plain_word(text, at, name))
                return found;
            at += name.size();
        } else {
            ++at;
        }
    }
    return nullptr;
}

config::Problems refused_words(const Configuration& configuration)
{
    config::Problems problems;
    for (const auto& line : configuration.flat.lines) {
        const auto* word = refused_word_in(line.text);
        if (!word)
            continue;
        const auto name = word->kind == WordKind::variable ? "$" + std::string(word->name) :
                          word->kind == WordKind::item     ? "${" + std::string(word->name) :
                                                             "\"" + std::string(word->name) + "\"";
        const bool is_hidden = trim_left(line.text).starts_with("hide");
        problems.error(line.origin, is_hidden ? std::string_view() : line.text, name + " is not supported by this version: " + std::string(word->why));
    }
    return problems;
}

}
