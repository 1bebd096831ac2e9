#include "common/expand/detail/number_bases.h"

#include <charconv>

namespace gp::expand {

Error refused_number(const OperatorCall& call, std::string_view name, std::string_view wanted)
{
    return misconfigured("argument for " + std::string(name) + " operator is \"" + call.subject.text +
                         "\", which is not a " + std::string(wanted));
}

Result<std::uint64_t> decimal_number(const OperatorCall& call, std::string_view name)
{
    std::uint64_t value = 0;
    const auto& text = call.subject.text;
    if (text.empty())
        return value;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size())
        return refused_number(call, name, "decimal number");
    return value;
}

}
