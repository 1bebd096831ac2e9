#include "common/mail/date.h"

#include <array>
#include <ctime>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/mail/address_parser.h"

namespace gp::mail {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct Civil {
    std::int64_t year = 1970;
    unsigned month = 1, day = 1;
};

Civil civil_of(std::int64_t days)
{
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
    return {int{date.year()}, unsigned{date.month()}, unsigned{date.day()}};
}

void append_padded(std::string& out, std::int64_t number, std::size_t width)
{
    const auto digits = std::to_string(number);
    if (digits.size() < width)
        out.append(width - digits.size(), '0');
    out += digits;
}

}

int zone_offset(std::int64_t seconds)
{
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    if (!::localtime_r(&time, &parts))
        return 0;
    return static_cast<int>(parts.tm_gmtoff / 60);
}

std::string format_date(std::int64_t seconds)
{
    return format_date(seconds, zone_offset(seconds));
}

std::string format_date(std::int64_t seconds, int offset_minutes)
{
    const auto local = seconds + offset_minutes * 60;
    const auto days = local >= 0 ? local / 86400 : (local - 86399) / 86400;
    const auto in_day = local - days * 86400;
    const auto date = civil_of(days);
    std::string out;
    out.reserve(32);
    out += weekdays[static_cast<std::size_t>(((days + 4) % 7 + 7) % 7)];
    out += ", ";
    append_padded(out, date.day, 2);
    out += ' ';
    out += months[date.month - 1];
    out += ' ';
    append_padded(out, date.year, 4);
    out += ' ';
    append_padded(out, in_day / 3600, 2);
    out += ':';
    append_padded(out, in_day / 60 % 60, 2);
    out += ':';
    append_padded(out, in_day % 60, 2);
    out += offset_minutes < 0 ? " -" : " +";
    const auto offset = offset_minutes < 0 ? -offset_minutes : offset_minutes;
    append_padded(out, offset / 60 * 100 + offset % 60, 4);
    return out;
}

namespace {

// Words of a date: runs of letters, of digits with a sign, and single signs.
std::vector<std::string_view> words_of(std::string_view text)
{
    std::vector<std::string_view> words;
    for (std::size_t at = skip_comments(text, 0); at < text.size(); at = skip_comments(text, at)) {
        auto end = at + 1;
        if (is_alpha(text[at]))
            while (end < text.size() && is_alpha(text[end]))
                ++end;
        else if (is_digit(text[at]) || text[at] == '+' || text[at] == '-')
            while (end < text.size() && is_digit(text[end]))
                ++end;
        words.push_back(text.substr(at, end - at));
        at = end;
        if (words.size() > 20)
            break;
    }
    return words;
}

template <std::size_t N>
int index_of(const std::array<std::string_view, N>& names, std::string_view word)
{
    for (std::size_t i = 0; i < N; ++i)
        if (word.size() >= 3 && same_nocase(word.substr(0, 3), names[i]))
            return static_cast<int>(i);
    return -1;
}

// RFC 5322 section 4.3: names that are known; any other is read as -0000.
int named_zone(std::string_view name)
{
    struct Zone {
        std::string_view name;
        int hours;
    };
    static constexpr std::array zones = {Zone{"EST", -5}, Zone{"EDT", -4}, Zone{"CST", -6}, Zone{"CDT", -5},
                                         Zone{"MST", -7}, Zone{"MDT", -6}, Zone{"PST", -8}, Zone{"PDT", -7}};
    for (const auto& zone : zones)
        if (same_nocase(name, zone.name))
            return zone.hours * 60;
    return 0;
}

Result<int> zone_of(std::string_view word)
{
    if (word.empty() || (word[0] != '+' && word[0] != '-'))
        return named_zone(word);
    const auto digits = TRY(parse_integer(word.substr(1)));
    if (word.size() != 5 || digits % 100 > 59)
        return permanent("malformed time zone in date");
    const auto minutes = static_cast<int>(digits / 100 * 60 + digits % 100);
    return word[0] == '-' ? -minutes : minutes;
}

// RFC 5322 section 4.3: years of two and three digits.
std::int64_t full_year(std::int64_t year, std::size_t digits)
{
    if (digits == 2)
        return year < 50 ? year + 2000 : year + 1900;
    return digits == 3 ? year + 1900 : year;
}

}

Result<std::int64_t> parse_date(std::string_view text)
{
    const auto bad = [](std::string_view what) { return permanent("malformed date: " + std::string(what)); };
    const auto words = words_of(text);
    std::size_t at = 0;
    const auto next = [&]() -> std::string_view { return at < words.size() ? words[at++] : std::string_view{}; };

    auto word = next();
    if (index_of(weekdays, word) >= 0) {
        word = next();
        if (word == ",")
            word = next();
    }
    const auto day = TRY(parse_integer(word));
    word = next();
    if (word == "-")
        word = next();
    const auto month = index_of(months, word);
    if (month < 0)
        return bad("no name of a month");
    word = next();
    if (word.starts_with('-'))
        word.remove_prefix(1);
    const auto year = full_year(TRY(parse_integer(word)), word.size());
    const auto hour = TRY(parse_integer(next()));
    if (next() != ":")
        return bad("no minutes");
    const auto minute = TRY(parse_integer(next()));
    std::int64_t second = 0;
    if (at < words.size() && words[at] == ":") {
        ++at;
        second = TRY(parse_integer(next()));
    }
    const auto offset = TRY(zone_of(next()));

    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(year)},
                                           std::chrono::month{static_cast<unsigned>(month + 1)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (day < 1 || day > 31 || year < 1900 || year > 9999 || !date.ok())
        return bad("no such day");
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return bad("no such time");
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    return days * 86400 + hour * 3600 + minute * 60 + second - offset * 60;
}

}
