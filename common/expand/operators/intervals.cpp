// ${time_eval:2h}, ${time_interval:7200}: lengths of time as text and in seconds.

#include <algorithm>
#include <charconv>

#include "common/base/text.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

struct Unit {
    char letter;
    std::uint64_t seconds;
};
constexpr Unit units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

// Numbers with units, in any order; a unit may not be missing.
Result<std::uint64_t> seconds_of(std::string_view text)
{
    std::uint64_t total = 0;
    if (text.empty())
        return permanent("empty");
    while (!text.empty()) {
        std::uint32_t number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec != std::errc{} || read.ptr == text.data() + text.size())
            return permanent("no number, or no unit");
        const auto* unit = std::ranges::find(units, *read.ptr, &Unit::letter);
        if (unit == std::end(units))
            return permanent("no unit");
        total += number * unit->seconds;
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()) + 1);
    }
    return total;
}

Result<Text> time_eval(const OperatorCall& call)
{
    const auto seconds = seconds_of(call.subject.text);
    if (!seconds)
        return misconfigured("string \"" + call.subject.text + "\" is not an Exim time interval in \"time_eval\" operator");
    return Text::clean(std::to_string(*seconds));
}

Result<Text> time_interval(const OperatorCall& call)
{
    const auto& text = call.subject.text;
    std::uint64_t seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool is_all = read.ptr == text.data() + text.size();
    if (!text.empty() && (read.ec != std::errc{} || !is_all))
        return misconfigured("string \"" + text + "\" is not a positive number in \"time_interval\" operator");
    if (seconds == 0)
        return Text::clean("0s");
    std::string out;
    for (const auto& unit : units) {
        if (seconds >= unit.seconds)
            out += std::to_string(seconds / unit.seconds) + unit.letter;
        seconds %= unit.seconds;
    }
    return Text::clean(std::move(out));
}

const RegisterOperator operators[] = {
    RegisterOperator{{.name = "time_eval", .apply = time_eval, .doc = "An interval such as 1d2h in seconds."}},
    RegisterOperator{{.name = "time_interval", .apply = time_interval, .doc = "Seconds as an interval such as 1d2h."}},
};

}
}
