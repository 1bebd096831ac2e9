// Pieces and hashes of a text, as the operators ${substr_…:…} and the items ${substr{…}…} share them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::expand {

// Manual 11.5, substr: a negative start counts from the end; without a length, the rest, or what stands
// before a negative start.
std::string_view substring(std::string_view subject, std::int64_t start, std::optional<std::int64_t> length);

// Manual 11.5, hash: `length` characters out of the first `letters` of a-zA-Z0-9.
Result<std::string> text_hash(std::string_view subject, std::int64_t length, std::optional<std::int64_t> letters);

// Manual 11.5, nhash: a number below `first`, or two parted by a slash.
Result<std::string> numeric_hash(std::string_view subject, std::int64_t first, std::optional<std::int64_t> second);

// The "_3_-2" behind an operator's name.
struct OperatorNumbers {
    std::int64_t first = 0;
    std::optional<std::int64_t> second;
};
Result<OperatorNumbers> operator_numbers(std::string_view argument, bool has_argument, std::string_view as_written,
                                         std::string_view name, unsigned most, bool may_be_negative);

// A number as conditions and items take it: sign, digits, K, M or G; white space around it; empty is 0.
Result<std::int64_t> integer(std::string_view text);
// Digits (and a sign) only, for the items that cut and hash: "x" is not a number (in "hash" expansion).
Result<std::int64_t> item_number(std::string_view text, std::string_view item, bool may_be_negative);

}
