// The file mode that may follow a file name: octal, with or without a zero in front.
#pragma once

#include <cstdint>

#include "common/filter/parser.h"

namespace gp::filter {

// 0 when the next thing is no number. Digits that are not octal end the number, as Exim reads it.
Result<std::uint32_t> optional_mode(Parser& parser, bool& is_given);
std::string octal(std::uint32_t mode); // "0640"

}
