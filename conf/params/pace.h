// Items of host_connections, host_message_rate and sender_message_rate: whom a bound is for, and the bound.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::conf {

struct PaceRule {
    std::string pattern;       // a host name, address, network or "*.domain"; of senders an item of an address list
    std::uint32_t count = 0;   // at once, or messages in `seconds`
    std::uint32_t seconds = 0; // 0: at once
};

// "mx.example=2": at most two at once.
Result<PaceRule> parse_share(std::string_view item);
// "mx.example=60/1m": at most sixty in a minute. Up to a day.
Result<PaceRule> parse_pace(std::string_view item);

}
