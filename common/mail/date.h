// Dates of mail headers: RFC 5322 section 3.3, with the obsolete forms when reading.
//
// Zones come from the C library, which reads the system's zone once; a service calls zone_offset() in
// main() before it enters its jail, so that the rules are in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::mail {

// Minutes east of Greenwich that the local zone has at this time.
int zone_offset(std::int64_t seconds);

// "Sat, 21 Nov 2026 10:42:56 +0000", in the local zone or in the one given.
std::string format_date(std::int64_t seconds);
std::string format_date(std::int64_t seconds, int offset_minutes);

// Seconds since 1970. Comments, a missing day name, two-digit years and names of zones are understood.
Result<std::int64_t> parse_date(std::string_view text);

}
