// Quotas and limits as Exim reads them: a number that may have a fraction, and K, M, G or T (manual 26.2: 1.5K).
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/result.h"

namespace gp {

Result<std::int64_t> parse_amount(std::string_view text);

// An amount, or a percentage of one ("75%"); 0 where there is nothing that it could be a percentage of.
Result<std::int64_t> parse_share(std::string_view text, std::int64_t whole);

}
