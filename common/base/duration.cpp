#include "common/base/duration.h"

#include <array>

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};

constexpr std::array units = {
    Unit{"w", 604'800'000}, Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
    Unit{"m", 60'000},      Unit{"s", 1'000},      Unit{"ms", 1},
};

// Five hundred years: more than anybody means, and far from overflow.
constexpr std::int64_t longest = std::int64_t{500} * 365 * 86'400'000;

Error bad(std::string_view text)
{
    return permanent("\"" + escape(text) + "\" is not a time, such as 30s, 5m or 1d12h");
}

}

Result<Duration> parse_duration(std::string_view text)
{
    if (text.empty())
        return bad(text);
    std::string_view rest = text;
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    while (!rest.empty()) {
        std::size_t digits = 0;
        while (digits < rest.size() && is_digit(rest[digits]))
            ++digits;
        const auto number = parse_integer(rest.substr(0, digits));
        if (digits == 0 || !number)
            return bad(text);
        rest.remove_prefix(digits);
        std::size_t letters = 0;
        while (letters < rest.size() && is_alpha(rest[letters]))
            ++letters;
        const auto name = letters ? rest.substr(0, letters) : std::string_view("s");
        rest.remove_prefix(letters);
        while (next_unit < units.size() && units[next_unit].name != name)
            ++next_unit;
        if (next_unit == units.size() || *number > longest / units[next_unit].milliseconds)
            return bad(text);
        total += *number * units[next_unit].milliseconds;
        ++next_unit;
        if (total > longest)
            return bad(text);
    }
    return Duration{total};
}

std::string format_duration(Duration duration)
{
    std::int64_t left = duration.count();
    if (left <= 0)
        return "0s";
    std::string out;
    for (const auto& unit : units) {
        if (left < unit.milliseconds)
            continue;
        out += std::to_string(left / unit.milliseconds);
        out += unit.name;
        left %= unit.milliseconds;
    }
    return out;
}

}
