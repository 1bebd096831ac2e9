#include "master/control/from_line.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::control {
namespace {

constexpr std::array<std::string_view, 7> weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::vector<std::string_view> words_of(std::string_view text)
{
    std::vector<std::string_view> words;
    for (auto rest = trim(text); !rest.empty(); rest = trim(rest)) {
        const auto end = std::min(rest.find_first_of(" \t"), rest.size());
        words.push_back(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    return words;
}

bool read_number(std::string_view word, std::uint64_t least, std::uint64_t most, int& into)
{
    const auto number = parse_unsigned(word);
    if (!number || *number < least || *number > most)
        return false;
    into = static_cast<int>(*number);
    return true;
}

bool read_month(std::string_view word, std::tm& when)
{
    const auto at = std::ranges::find(months, word);
    when.tm_mon = static_cast<int>(at - months.begin());
    return at != months.end();
}

bool read_time(std::string_view word, std::tm& when)
{
    const auto parts = split(word, ':');
    return (parts.size() == 2 || parts.size() == 3) && read_number(parts[0], 0, 23, when.tm_hour) &&
           read_number(parts[1], 0, 59, when.tm_min) && (parts.size() == 2 || read_number(parts[2], 0, 60, when.tm_sec));
}

bool read_year(std::string_view word, std::tm& when)
{
    int year = 0;
    if (word.size() != 4 || !read_number(word, 1, 9999, year))
        return false;
    when.tm_year = year - 1900;
    return true;
}

// "+0130" in seconds.
std::optional<long> offset_of(std::string_view zone)
{
    int hours = 0, minutes = 0;
    if (zone.size() != 5 || (zone[0] != '+' && zone[0] != '-') || !read_number(zone.substr(1, 2), 0, 23, hours) ||
        !read_number(zone.substr(3), 0, 59, minutes))
        return std::nullopt;
    const long seconds = hours * 3600L + minutes * 60L;
    return zone[0] == '-' ? -seconds : seconds;
}

bool is_zone(std::string_view word)
{
    return offset_of(word) || (!word.empty() && word.size() <= 5 && std::ranges::all_of(word, [](char c) { return is_alnum(c) && !is_digit(c); }));
}

using Words = std::vector<std::string_view>;

// From the weekday on, as asctime writes it, with up to two words for the zone.
bool read_plain(const Words& words, std::size_t at, std::tm& when, std::string_view& zone)
{
    if (words.size() < at + 5 || words.size() > at + 7 || !read_month(words[at + 1], when) || !read_number(words[at + 2], 1, 31, when.tm_mday) ||
        !read_time(words[at + 3], when))
        return false;
    bool has_year = false;
    for (std::size_t i = at + 4; i < words.size(); ++i) {
        if (!has_year && read_year(words[i], when))
            has_year = true;
        else if (is_zone(words[i]))
            zone = words[i];
        else
            return false;
    }
    return has_year;
}

// The same, as a message's Date: has it.
bool read_of_mail(const Words& words, std::size_t at, std::tm& when, std::string_view& zone)
{
    if (words.size() < at + 5 || words.size() > at + 6 || !read_number(words[at + 1], 1, 31, when.tm_mday) || !read_month(words[at + 2], when) ||
        !read_year(words[at + 3], when) || !read_time(words[at + 4], when))
        return false;
    if (words.size() == at + 6)
        zone = words[at + 5];
    return zone.empty() || is_zone(zone);
}

std::time_t time_of(std::tm when, std::string_view zone)
{
    if (const auto offset = offset_of(zone))
        return ::timegm(&when) - *offset;
    when.tm_isdst = -1;
    return std::mktime(&when);
}

}

std::optional<FromLine> parse_from_line(std::string_view line)
{
    constexpr std::string_view head = "From ", nobody = "MAILER-DAEMON";
    if (!line.starts_with(head))
        return std::nullopt;
    const auto rest = line.substr(head.size());
    const auto words = words_of(rest);
    for (std::size_t at = 0; at < words.size(); ++at) {
        const auto day = words[at].ends_with(',') ? words[at].substr(0, words[at].size() - 1) : words[at];
        std::tm when{};
        std::string_view zone;
        if (std::ranges::find(weekdays, day) == weekdays.end() || (!read_plain(words, at, when, zone) && !read_of_mail(words, at, when, zone)))
            continue;
        const auto sender = trim(rest.substr(0, static_cast<std::size_t>(words[at].data() - rest.data())));
        return FromLine{.sender = std::string(sender == nobody ? std::string_view{} : sender), .date = std::max<std::time_t>(0, time_of(when, zone))};
    }
    return std::nullopt;
}

}
