#include "common/expand/detail/octal.h"

namespace gp::expand {

std::string octal_escape(char c)
{
    const unsigned value = static_cast<unsigned char>(c);
    std::string out = "\\";
    for (int shift = 6; shift >= 0; shift -= 3)
        out += static_cast<char>('0' + (value >> shift & 7));
    return out;
}

}
