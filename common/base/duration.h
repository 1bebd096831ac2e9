// Lengths of time as an administrator writes them: 5m, 2h30m, 1w2d, 90 (seconds), 250ms.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp {

using Duration = std::chrono::milliseconds;

// Exim's time syntax (manual chapter 6.15): digits with w, d, h, m, s, in falling order;
// without a unit, seconds. "ms" is our addition for limits below a second.
Result<Duration> parse_duration(std::string_view text);

// The shortest text that parse_duration reads back: "1h30m", "0s", "250ms".
std::string format_duration(Duration duration);

}
