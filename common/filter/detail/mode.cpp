#include "common/filter/detail/mode.h"

#include "common/base/text.h"

namespace gp::filter {

Result<std::uint32_t> optional_mode(Parser& parser, bool& is_given)
{
    is_given = is_digit(parser.reader().peek());
    if (!is_given)
        return std::uint32_t{0};
    const auto digits = TRY(parser.reader().word(false));
    std::uint32_t mode = 0;
    for (const char c : digits) {
        if (c < '0' || c > '7')
            break;
        mode = (mode * 8 + static_cast<std::uint32_t>(c - '0')) & 07777777;
    }
    return mode;
}

std::string octal(std::uint32_t mode)
{
    std::string out;
    for (; mode || out.size() < 4; mode /= 8)
        out.insert(out.begin(), static_cast<char>('0' + mode % 8));
    return out;
}

}
