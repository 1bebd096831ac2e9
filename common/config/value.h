// The data of one option setting, by type (manual 6.12 to 6.19): text in, value or reason out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/duration.h"
#include "common/base/result.h"

namespace gp::config {

Result<bool> parse_boolean(std::string_view text);            // true false yes no, any case
Result<std::int64_t> parse_number(std::string_view text);     // decimal, 0x, octal by a leading 0; K M G T
Result<std::int64_t> parse_octal_number(std::string_view text);
Result<std::int64_t> parse_fixed_point(std::string_view text); // in thousandths: "1.5" is 1500
Result<Duration> parse_time(std::string_view text);            // manual 6.16; a bare 0 is 0s
Result<std::string> parse_string(std::string_view text);       // quotes and escapes of manual 6.17

// Back to text, as -bP shows them.
std::string show_number(std::int64_t number);       // 100K
std::string show_octal(std::int64_t number);        // 0600
std::string show_fixed_point(std::int64_t number);  // 1.5
std::string show_time(Duration duration);           // 1w2d3h4m5s
std::string show_string(std::string_view text);     // quoted only when it must be, so that it reads back

}
