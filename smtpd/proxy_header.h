// The PROXY protocol, versions 1 and 2: a load balancer names the true client before it passes its octets on
// (haproxy.org, proxy-protocol.txt).
//
// Believed of hosts_proxy alone. Takes not one octet more than the header: TLS may begin right behind it. What is
// malformed, or of another family than it says, is an error; Exim lets some of that pass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/event/stream.h"

namespace gp::smtpd {

// Whom the proxy speaks for; nothing: for itself, or for somebody unknown (LOCAL, UNKNOWN).
struct Proxied {
    std::string source, destination; // of the client, and of the proxy as the client saw it
    std::uint32_t source_port = 0, destination_port = 0;
};

Result<std::optional<Proxied>> read_proxy_header(event::Stream& stream, event::Deadline until);

// What a proxy says of an address, in either protocol (XCLIENT is the other): plain, and of the family it is said to be.
Result<std::string> proxied_address(std::string_view text, bool v6);
Result<std::uint32_t> proxied_port(std::string_view text);

// The line of version 1 with its CR LF; command, family and addresses of version 2.
Result<std::optional<Proxied>> parse_proxy_line(std::string_view line);
Result<std::optional<Proxied>> parse_proxy_block(unsigned char version_and_command, unsigned char family,
                                                 std::string_view addresses);

}
