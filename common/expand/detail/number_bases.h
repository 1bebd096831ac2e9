// What the operators for numbers in other bases share: base32, base32d, base62, base62d.
#pragma once

#include "common/expand/operator.h"

namespace gp::expand {

constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";
constexpr int base62_width = 6;

// The error that the subject is not what is `wanted`; `name` is the operator.
Error refused_number(const OperatorCall& call, std::string_view name, std::string_view wanted);

// The subject as a decimal number; an empty text is 0.
Result<std::uint64_t> decimal_number(const OperatorCall& call, std::string_view name);

}
