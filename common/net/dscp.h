// DSCP values (RFC 2474) by the names of the manual (-bI:dscp), and the mark on a socket.
#pragma once

#include <span>
#include <string_view>

#include "common/base/result.h"

namespace gp::net {

struct DscpName {
    std::string_view name;
    int value;
};
// By name.
std::span<const DscpName> dscp_names();

// "ef", "af41", "0x2e", "46": 0 to 63.
Result<int> parse_dscp(std::string_view text);

// What this socket, of IPv4 or IPv6, sends from now on. Best effort: a kernel or a socket that cannot stays as it is.
void mark_traffic(int socket, int dscp);

}
