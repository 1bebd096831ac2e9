// The units of a length of time, for time_eval and time_interval.
#pragma once

#include <cstdint>

namespace gp::expand {

// The largest first.
struct IntervalUnit {
    char letter;
    std::uint64_t seconds;
};
constexpr IntervalUnit interval_units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

}
