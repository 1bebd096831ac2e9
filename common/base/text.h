// ASCII text without locale: case, trimming, splitting, searching, nearest name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gp {

constexpr char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
constexpr char to_upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
constexpr bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_alnum(char c)
{
    return is_alpha(c) || is_digit(c);
}
// Space, tab, newline, carriage return, vertical tab, form feed.
constexpr bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
constexpr bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

std::string lower(std::string_view text);
std::string upper(std::string_view text);
bool same_nocase(std::string_view a, std::string_view b);
bool starts_nocase(std::string_view text, std::string_view prefix);
bool ends_nocase(std::string_view text, std::string_view suffix);
int compare_nocase(std::string_view a, std::string_view b); // <0, 0, >0
// Position of `what` in `text` without regard to case, or npos.
std::size_t find_nocase(std::string_view text, std::string_view what);

std::string_view trim(std::string_view text);
std::string_view trim_left(std::string_view text);
std::string_view trim_right(std::string_view text);

// Splits at every separator; empty pieces are kept. The views live as long as `text`.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

// One event is one line: control characters and bytes above 126 become \n, \t, \ooo. Bytes of
// valid UTF-8 are kept when `keep_utf8`. Used for all text from outside in logs and replies.
std::string escape(std::string_view text, bool keep_utf8 = false);

// The candidate nearest to `name` by edit distance, for did-you-mean; empty if none is near.
std::string_view nearest(std::string_view name, const std::vector<std::string_view>& candidates);

struct NocaseLess {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return compare_nocase(a, b) < 0; }
};
// Heterogeneous hash for unordered maps keyed by std::string.
struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}
