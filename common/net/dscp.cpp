#include "common/net/dscp.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "common/base/text.h"

namespace gp::net {
namespace {

// clang-format off
// RFC 2474, RFC 2597, RFC 3246, and the older names of RFC 1349's bits that the manual has.
constexpr std::array names = {
    DscpName{"af11", 10}, DscpName{"af12", 12}, DscpName{"af13", 14}, DscpName{"af21", 18}, DscpName{"af22", 20},
    DscpName{"af23", 22}, DscpName{"af31", 26}, DscpName{"af32", 28}, DscpName{"af33", 30}, DscpName{"af41", 34},
    DscpName{"af42", 36}, DscpName{"af43", 38}, DscpName{"cs0", 0},   DscpName{"cs1", 8},   DscpName{"cs2", 16},
    DscpName{"cs3", 24},  DscpName{"cs4", 32},  DscpName{"cs5", 40},  DscpName{"cs6", 48},  DscpName{"cs7", 56},
    DscpName{"ef", 46},   DscpName{"lowcost", 0}, DscpName{"lowdelay", 4}, DscpName{"mincost", 0}, DscpName{"reliability", 1},
    DscpName{"throughput", 2},
};
// clang-format on

}

std::span<const DscpName> dscp_names()
{
    return names;
}

Result<int> parse_dscp(std::string_view text)
{
    const auto lowered = lower(trim(text));
    if (const auto known = std::ranges::find(names, lowered, &DscpName::name); known != names.end())
        return known->value;
    constexpr int most = 0x3f; // six bits
    const bool hexadecimal = lowered.starts_with("0x");
    int number = -1;
    const auto digits = std::string_view(lowered).substr(hexadecimal ? 2 : 0);
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number, hexadecimal ? 16 : 10);
    if (end.ec != std::errc{} || end.ptr != digits.data() + digits.size() || number < 0 || number > most)
        return misconfigured("\"" + escape(text) + "\" is no DSCP value");
    return number;
}

void mark_traffic(int socket, int dscp)
{
    int family = 0;
    socklen_t size = sizeof family;
    if (::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0)
        return;
    const int traffic_class = dscp << 2; // RFC 2474 section 3: the upper six bits
    if (family == AF_INET)
        (void)::setsockopt(socket, IPPROTO_IP, IP_TOS, &traffic_class, sizeof traffic_class);
    else if (family == AF_INET6)
        (void)::setsockopt(socket, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof traffic_class);
}

}
