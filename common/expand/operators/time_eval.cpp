// ${time_eval:…}: an interval such as 1d2h in seconds.

#include <algorithm>
#include <charconv>

#include "common/expand/detail/interval_units.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

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
        const auto* unit = std::ranges::find(interval_units, *read.ptr, &IntervalUnit::letter);
        if (unit == std::end(interval_units))
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
        return misconfigured("string \"" + call.subject.text +
                             "\" is not an Exim time interval in \"time_eval\" operator");
    return Text::clean(std::to_string(*seconds));
}

const RegisterOperator self{{
    .name = "time_eval",
    .apply = time_eval,
    .doc = "An interval such as 1d2h in seconds.",
}};

}
}
