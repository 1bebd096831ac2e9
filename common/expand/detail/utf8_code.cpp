#include "common/expand/detail/utf8_code.h"

namespace gp::expand {

Utf8Code utf8_code_at(std::string_view text)
{
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80)
        return {first, 1};
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < size)
        return {};
    std::uint32_t value = first & (0x7f >> size);
    for (std::size_t i = 1; i < size; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80)
            return {};
        value = value << 6 | (next & 0x3f);
    }
    const bool is_overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
    if (is_overlong || (value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff)
        return {};
    return {value, size};
}

}
