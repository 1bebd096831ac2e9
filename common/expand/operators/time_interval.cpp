// ${time_interval:…}: seconds as an interval such as 1d2h.

#include <charconv>

#include "common/expand/detail/interval_units.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> time_interval(const OperatorCall& call)
{
    const auto& text = call.subject.text;
    std::uint64_t seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool is_all = read.ptr == text.data() + text.size();
    if (!text.empty() && (read.ec != std::errc{} || !is_all))
        return misconfigured("string \"" + text +
                             "\" is not a positive number in \"time_interval\" operator");
    if (seconds == 0)
        return Text::clean("0s");
    std::string out;
    for (const auto& unit : interval_units) {
        if (seconds >= unit.seconds)
            out += std::to_string(seconds / unit.seconds) + unit.letter;
        seconds %= unit.seconds;
    }
    return Text::clean(std::move(out));
}

const RegisterOperator self{{
    .name = "time_interval",
    .apply = time_interval,
    .doc = "Seconds as an interval such as 1d2h.",
}};

}
}
