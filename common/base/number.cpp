#include "common/base/number.h"

#include <charconv>
#include <limits>

#include "common/base/text.h"

namespace gp {
namespace {

template <class N>
Result<N> whole(std::string_view text, int base, std::string_view what)
{
    N number{};
    const auto* end = text.data() + text.size();
    const auto [at, code] = std::from_chars(text.data(), end, number, base);
    if (code == std::errc::result_out_of_range)
        return permanent("\"" + escape(text) + "\" is too large");
    if (code != std::errc{} || at != end)
        return permanent("\"" + escape(text) + "\" is not " + std::string(what));
    return number;
}

int shift_of(char unit)
{
    switch (to_upper(unit)) {
    case 'K': return 10;
    case 'M': return 20;
    case 'G': return 30;
    case 'T': return 40;
    default: return 0;
    }
}

}

Result<std::int64_t> parse_integer(std::string_view text)
{
    return whole<std::int64_t>(text, 10, "a number");
}

Result<std::uint64_t> parse_unsigned(std::string_view text)
{
    return whole<std::uint64_t>(text, 10, "a number of 0 or more");
}

Result<std::int64_t> parse_octal(std::string_view text)
{
    if (starts_nocase(text, "0x"))
        return whole<std::int64_t>(text.substr(2), 16, "a hexadecimal number");
    return whole<std::int64_t>(text, 8, "an octal number");
}

Result<std::int64_t> parse_size(std::string_view text)
{
    const int shift = text.empty() ? 0 : shift_of(text.back());
    auto digits = shift ? text.substr(0, text.size() - 1) : text;
    const auto number = TRY(whole<std::int64_t>(digits, 10, "a size"));
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    if (number > (most >> shift) || number < -(most >> shift))
        return permanent("\"" + escape(text) + "\" is too large");
    return number * (std::int64_t{1} << shift);
}

std::string format_size(std::int64_t bytes)
{
    constexpr std::string_view units = "TGMK";
    for (std::size_t i = 0; i < units.size(); ++i) {
        const std::int64_t unit = std::int64_t{1} << (40 - 10 * static_cast<int>(i));
        if (bytes != 0 && bytes % unit == 0)
            return std::to_string(bytes / unit) + units[i];
    }
    return std::to_string(bytes);
}

}
