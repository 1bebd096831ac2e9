// ${prvs{address}{secret}{key number}}, ${prvscheck{address}{secret}{text}}: signed bounce addresses (BATV,
// manual 44.53): prvs=KDDDSSSSSS=local@domain, key number, last day of validity, signature.
#pragma once

#include "common/expand/item.h"

namespace gp::expand {

// How long a signature holds.
constexpr int days_valid = 7;
constexpr std::size_t signature_digits = 6;

// The day, counted modulo 1000, `later` days from now.
std::int64_t prvs_day(const Scene& scene, int later);

// `stamp` is the key number and the day.
Result<std::string> prvs_signature(std::string_view address, std::string_view secret, std::string_view stamp);

}
