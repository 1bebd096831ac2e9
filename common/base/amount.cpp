#include "common/base/amount.h"

#include <cmath>

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp {
namespace {

constexpr std::size_t most_digits = 9; // of a fraction

// ".5" of a unit, in thousandths of thousandths of thousandths.
Result<double> fraction_of(std::string_view digits)
{
    if (digits.empty())
        return 0.0;
    if (digits.size() > most_digits)
        digits = digits.substr(0, most_digits);
    const auto number = TRY(parse_unsigned(digits));
    return static_cast<double>(number) / std::pow(10.0, static_cast<double>(digits.size()));
}

}

Result<std::int64_t> parse_amount(std::string_view text)
{
    const auto point = text.find('.');
    if (point == std::string_view::npos)
        return parse_size(text);
    const bool has_unit = !text.empty() && !is_digit(text.back());
    const auto unit = has_unit ? text.substr(text.size() - 1) : std::string_view{};
    const auto digits = text.substr(point + 1, text.size() - point - 1 - unit.size());
    const auto fraction = fraction_of(digits);
    const auto whole = parse_size(std::string(text.substr(0, point)) + std::string(unit));
    const auto one = parse_size("1" + std::string(unit));
    if (!fraction || !whole || !one || *whole < 0)
        return permanent("\"" + escape(text) + "\" is not a size");
    return *whole + static_cast<std::int64_t>(*fraction * static_cast<double>(*one));
}

Result<std::int64_t> parse_share(std::string_view text, std::int64_t whole)
{
    if (!text.ends_with('%'))
        return parse_amount(text);
    const auto share = TRY(parse_amount(text.substr(0, text.size() - 1)));
    if (share < 0 || share > 100)
        return permanent("\"" + escape(text) + "\" is no percentage");
    return whole <= 0 ? 0 : static_cast<std::int64_t>(static_cast<double>(whole) / 100.0 * static_cast<double>(share));
}

}
