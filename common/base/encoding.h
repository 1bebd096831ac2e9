// Encodings of bytes as text and back; each decoder refuses what it does not know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp {

std::string base64_encode(std::string_view bytes); // RFC 4648 section 4, no line breaks
Result<std::string> base64_decode(std::string_view text);
std::string hex_encode(std::string_view bytes); // lower case
Result<std::string> hex_decode(std::string_view text);
std::string xtext_encode(std::string_view bytes); // RFC 3461 section 4
Result<std::string> xtext_decode(std::string_view text);

// Exim's base 62 digits: 0-9, A-Z, a-z. Padded with 0 to `width`.
std::string base62_encode(std::uint64_t number, int width);
Result<std::uint64_t> base62_decode(std::string_view text);

}
