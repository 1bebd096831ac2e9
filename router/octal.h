// Permissions as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace gp::router {

// With at least so many digits.
inline std::string octal(std::uint32_t number, std::size_t digits)
{
    std::string out;
    for (; number || out.size() < digits; number /= 8)
        out.insert(out.begin(), static_cast<char>('0' + number % 8));
    return out;
}

}
