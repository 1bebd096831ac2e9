// UTF-8: valid or not, and where not (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gp {

// Octets of the valid sequence at the start of `text`, or 0.
std::size_t utf8_sequence(std::string_view text);
// Offset of the first octet that is not part of a valid sequence, or npos.
std::size_t utf8_fault(std::string_view text);
inline bool is_utf8(std::string_view text)
{
    return utf8_fault(text) == std::string_view::npos;
}
// A code point of at most U+10FFFF.
void append_utf8(std::string& out, std::uint32_t code);

}
