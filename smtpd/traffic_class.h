// control = dscp: the mark on what this client is sent.
#pragma once

#include <charconv>
#include <string>
#include <vector>

#include "common/net/dscp.h"

namespace gp::smtpd {

// `switches`: of the session's state, where router says "dscp=46".
inline void mark_traffic_as_told(const std::vector<std::string>& switches, int socket)
{
    constexpr std::string_view word = "dscp=";
    for (const std::string_view one : switches) {
        int value = 0;
        if (one.starts_with(word) && std::from_chars(one.data() + word.size(), one.data() + one.size(), value).ec == std::errc{})
            net::mark_traffic(socket, value & 0x3f);
    }
}

}
