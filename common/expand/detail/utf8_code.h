// The characters of a text in UTF-8, for the operators from_utf8 and utf8clean.
#pragma once

#include <cstdint>
#include <string_view>

namespace gp::expand {

struct Utf8Code {
    std::uint32_t value = 0;
    std::size_t size = 0; // 0: not well-formed
};

// The first character of a text that is not empty. RFC 3629 section 4: no overlong forms, no surrogates, nothing
// beyond U+10FFFF.
Utf8Code utf8_code_at(std::string_view text);

}
