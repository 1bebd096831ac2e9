// Strict numbers and sizes, with the reason when a text is neither.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp {

// Decimal digits only (a leading '-' for negative numbers); no blanks, no overflow.
Result<std::int64_t> parse_integer(std::string_view text);
Result<std::uint64_t> parse_unsigned(std::string_view text);
// Octal digits, as file modes are written; "0x" and "0" prefixes as in Exim (manual 6.13).
Result<std::int64_t> parse_octal(std::string_view text);
// A number with an optional K, M, G or T (powers of 1024): Exim's sizes (manual 6.12).
Result<std::int64_t> parse_size(std::string_view text);
// 2048 -> "2K", 52428800 -> "50M": the shortest that parse_size reads back.
std::string format_size(std::int64_t bytes);

}
