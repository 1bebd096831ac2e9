#include "common/mainlog/line.h"

#include <algorithm>
#include <ctime>

#include "common/base/text.h"

namespace gp::mainlog {
namespace {

constexpr std::size_t date_length = 19; // 2002-10-31 09:00:10
constexpr std::size_t zone_length = 6;  // " +0100"
constexpr std::size_t most_prefix = 256; // of syslog's words before the date

bool has_form(std::string_view text, std::string_view form)
{
    if (text.size() < form.size())
        return false;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == '9' ? !is_digit(text[i]) : text[i] != form[i])
            return false;
    return true;
}

int digits(std::string_view text, std::size_t at, std::size_t count)
{
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i)
        value = value * 10 + (text[i] - '0');
    return value;
}

// Where the date begins: at once, or behind "Nov 21 10:00:00 host exim[123]: ".
std::size_t find_date(std::string_view text)
{
    if (has_form(text, "9999-99-99 99:99:99"))
        return 0;
    const auto colon = text.substr(0, most_prefix).find("]: ");
    if (colon == std::string_view::npos)
        return std::string_view::npos;
    const auto at = colon + 3;
    return has_form(text.substr(at), "9999-99-99 99:99:99") ? at : std::string_view::npos;
}

// Also the parts of a second and the zone, where log_selector or log_timezone put them.
std::size_t stamp_length(std::string_view text)
{
    auto length = date_length;
    if (has_form(text.substr(length), ".999"))
        length += 4;
    const auto zone = text.substr(length);
    if (has_form(zone, " +9999") || has_form(zone, " -9999"))
        length += zone_length;
    return length;
}

std::int64_t milliseconds_of(std::string_view stamp)
{
    std::tm parts{};
    parts.tm_year = digits(stamp, 0, 4) - 1900;
    parts.tm_mon = digits(stamp, 5, 2) - 1;
    parts.tm_mday = digits(stamp, 8, 2);
    parts.tm_hour = digits(stamp, 11, 2);
    parts.tm_min = digits(stamp, 14, 2);
    parts.tm_sec = digits(stamp, 17, 2);
    std::int64_t value = static_cast<std::int64_t>(::timegm(&parts)) * 1000;
    auto rest = stamp.substr(date_length);
    if (rest.starts_with('.')) {
        value += digits(rest, 1, 3);
        rest.remove_prefix(4);
    }
    if (rest.size() == zone_length) {
        const auto minutes = digits(rest, 2, 2) * 60 + digits(rest, 4, 2);
        value -= (rest[1] == '-' ? -1 : 1) * minutes * std::int64_t{60000};
    }
    return value;
}

struct FlagWord {
    std::string_view word;
    Flag flag;
};
constexpr FlagWord flag_words[] = {
    {"<= ", Flag::received},   {"=> ", Flag::delivered},  {"-> ", Flag::further},   {"** ", Flag::failed},
    {"== ", Flag::deferred},   {"*> ", Flag::suppressed}, {">> ", Flag::cutthrough},
};

void take_flag(Line& line)
{
    for (const auto& one : flag_words)
        if (line.text.starts_with(one.word)) {
            line.flag = one.flag;
            line.text.remove_prefix(one.word.size());
            return;
        }
    if (line.text == "Completed" || line.text.starts_with("Completed "))
        line.flag = Flag::completed;
}

bool is_base62(std::string_view text)
{
    for (const char c : text)
        if (!is_alnum(c))
            return false;
    return true;
}

bool has_id_form(std::string_view text, std::size_t middle, std::size_t last)
{
    const auto second = 7 + middle;
    const auto whole = second + 1 + last;
    return text.size() >= whole && text[6] == '-' && text[second] == '-' && is_base62(text.substr(0, 6)) &&
           is_base62(text.substr(7, middle)) && is_base62(text.substr(second + 1, last)) &&
           (text.size() == whole || !is_alnum(text[whole]));
}

// Behind the quoted or bracketed stretch that begins here, within which nothing is a word; `at` itself where none begins or
// none ends. Strangers choose local parts, HELO names and answers: `"a S=1 b"@far.example` has no field.
std::size_t behind_stretch(std::string_view text, std::size_t at)
{
    const char begins = text[at];
    if ((begins != '"' && begins != '(') || (at > 0 && std::string_view(" <(=").find(text[at - 1]) == std::string_view::npos))
        return at;
    const char ends = begins == '"' ? '"' : ')';
    for (auto i = at + 1; i < text.size(); ++i)
        if (text[i] == '\\' && begins == '"')
            ++i;
        else if (text[i] == ends)
            return i + 1;
    return at;
}

// The blank that ends the word, or the end of the text.
std::size_t word_end(std::string_view text, std::size_t at)
{
    while (at < text.size() && text[at] != ' ') {
        const char c = text[at];
        const auto behind = c == '"' || c == '(' ? behind_stretch(text, at) : at;
        at = behind == at ? at + 1 : behind;
    }
    return std::min(at, text.size());
}

}

std::string_view first_word(std::string_view text)
{
    return text.substr(0, word_end(text, 0));
}

std::size_t field_place(std::string_view text, std::string_view name)
{
    for (std::size_t at = 0; at < text.size(); at = word_end(text, at) + 1)
        if (text.substr(at).starts_with(name))
            return at;
    return std::string_view::npos;
}

std::size_t id_length(std::string_view text)
{
    if (has_id_form(text, 6, 2))
        return 16;
    return has_id_form(text, 11, 4) ? 23 : 0;
}

std::optional<Line> parse_line(std::string_view text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.remove_suffix(1);
    const auto at = find_date(text);
    if (at == std::string_view::npos)
        return std::nullopt;
    Line line;
    line.from_stamp = text.substr(at);
    const auto length = stamp_length(line.from_stamp);
    line.stamp = line.from_stamp.substr(0, length);
    line.milliseconds = milliseconds_of(line.stamp);
    auto rest = line.from_stamp.substr(length);
    if (!rest.starts_with(' '))
        return std::nullopt;
    rest.remove_prefix(1);
    const auto bracket = rest.find("] ");
    if (rest.starts_with('[') && bracket != std::string_view::npos && bracket > 1 &&
        rest.substr(1, bracket - 1).find_first_not_of("0123456789") == std::string_view::npos) {
        line.pid = rest.substr(0, bracket + 1);
        rest.remove_prefix(bracket + 2);
    }
    line.text = rest;
    const auto id = id_length(rest);
    if (id > 0 && (rest.size() == id || rest[id] == ' ')) {
        line.id = rest.substr(0, id);
        line.text = rest.substr(rest.size() == id ? id : id + 1);
        take_flag(line);
    }
    return line;
}

std::optional<std::string_view> field(std::string_view text, std::string_view name)
{
    const auto at = field_place(text, name);
    if (at == std::string_view::npos)
        return std::nullopt;
    const auto begin = at + name.size();
    const auto value = text.substr(begin, word_end(text, begin) - begin);
    if (!value.starts_with('"'))
        return value;
    const auto end = behind_stretch(text, begin);
    return end == begin ? value.substr(1) : text.substr(begin + 1, end - begin - 2);
}

std::optional<Host> host(std::string_view text)
{
    const auto at = field_place(text, "H=");
    if (at == std::string_view::npos)
        return std::nullopt;
    auto rest = text.substr(at + 2);
    Host found;
    if (!rest.starts_with('(') && !rest.starts_with('[')) {
        found.name = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), found.name.size() + 1));
    }
    if (rest.starts_with('(')) {
        const auto end = rest.find(')');
        if (end == std::string_view::npos)
            return found;
        found.helo = rest.substr(1, end - 1);
        rest.remove_prefix(std::min(rest.size(), end + 2));
    }
    if (rest.starts_with('['))
        found.address = rest.substr(1, rest.find(']') == std::string_view::npos ? 0 : rest.find(']') - 1);
    return found;
}

}
