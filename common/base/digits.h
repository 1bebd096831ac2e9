// Octal and hexadecimal digits as escapes of many languages have them.
#pragma once

#include <cstddef>
#include <string_view>

#include "common/base/text.h"

namespace gp {

constexpr bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

// What a hexadecimal digit of either case says, or -1.
constexpr int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = to_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The octet that two hexadecimal digits at `at` say, or -1 when they are not both there.
constexpr int hex_octet(std::string_view text, std::size_t at)
{
    if (at + 1 >= text.size() || hex_value(text[at]) < 0 || hex_value(text[at + 1]) < 0)
        return -1;
    return hex_value(text[at]) * 16 + hex_value(text[at + 1]);
}

}
