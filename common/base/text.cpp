#include "common/base/text.h"

#include "common/base/printable.h"

#include <algorithm>
#include <numeric>

#include "common/base/utf8.h"

namespace gp {

std::string lower(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        c = static_cast<char>(c + ((c >= 'A' && c <= 'Z') ? 'a' - 'A' : 0)); // without a branch
    return out;
}

std::string upper(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), to_upper);
    return out;
}

int compare_nocase(std::string_view a, std::string_view b)
{
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
        const int x = static_cast<unsigned char>(to_lower(a[i]));
        const int y = static_cast<unsigned char>(to_lower(b[i]));
        if (x != y)
            return x - y;
    }
    if (a.size() == b.size())
        return 0;
    return a.size() < b.size() ? -1 : 1;
}

bool same_nocase(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && compare_nocase(a, b) == 0;
}

bool starts_nocase(std::string_view text, std::string_view prefix)
{
    return text.size() >= prefix.size() && same_nocase(text.substr(0, prefix.size()), prefix);
}

bool ends_nocase(std::string_view text, std::string_view suffix)
{
    return text.size() >= suffix.size() && same_nocase(text.substr(text.size() - suffix.size()), suffix);
}

std::size_t find_nocase(std::string_view text, std::string_view what)
{
    const auto* const at = std::search(text.begin(), text.end(), what.begin(), what.end(),
                                       [](char a, char b) { return to_lower(a) == to_lower(b); });
    if (at == text.end() && !what.empty())
        return std::string_view::npos;
    return static_cast<std::size_t>(at - text.begin());
}

std::string_view trim_left(std::string_view text)
{
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    return text;
}

std::string_view trim_right(std::string_view text)
{
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string_view trim(std::string_view text)
{
    return trim_left(trim_right(text));
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> pieces;
    for (;;) {
        const auto end = text.find(separator);
        pieces.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return pieces;
        text.remove_prefix(end + 1);
    }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator)
{
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i)
            out += separator;
        out += parts[i];
    }
    return out;
}

std::string replace_all(std::string text, std::string_view from, std::string_view to)
{
    if (from.empty())
        return text;
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

namespace {

void escape_byte(std::string& out, char c)
{
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\v': out += "\\v"; return;
    case '\f': out += "\\f"; return;
    default: break;
    }
    out += '\\';
    out += static_cast<char>('0' + (byte >> 6));
    out += static_cast<char>('0' + ((byte >> 3) & 7));
    out += static_cast<char>('0' + (byte & 7));
}

}

namespace {

bool shows_top_bit = false;

bool is_shown(char c)
{
    return is_printable(c) || (shows_top_bit && static_cast<unsigned char>(c) >= 128);
}

}

void print_top_bit(bool shown)
{
    shows_top_bit = shown;
}

std::string escape(std::string_view text, bool keep_utf8)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        if (is_shown(text[i])) {
            out.push_back(text[i++]);
            continue;
        }
        const std::size_t length = keep_utf8 ? utf8_sequence(text.substr(i)) : 0;
        if (length > 1) {
            out.append(text.substr(i, length));
            i += length;
            continue;
        }
        escape_byte(out, text[i++]);
    }
    return out;
}

namespace {

std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            const std::size_t same = diagonal + (to_lower(a[i - 1]) == to_lower(b[j - 1]) ? 0 : 1);
            row[j] = std::min({same, above + 1, row[j - 1] + 1});
            diagonal = above;
        }
    }
    return row[b.size()];
}

}

std::string_view nearest(std::string_view name, const std::vector<std::string_view>& candidates)
{
    if (name.size() > 64)
        return {};
    std::string_view best;
    std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (auto candidate : candidates) {
        const auto d = distance(name, candidate);
        if (d < least) {
            least = d;
            best = candidate;
        }
    }
    return best;
}

}
