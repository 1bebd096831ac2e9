// What the operators on IP addresses share: ipv6denorm, ipv6norm, mask.
#pragma once

#include "common/expand/operator.h"
#include "common/net/address.h"

namespace gp::expand {

// The error that the text is no IP address.
Error no_ip_address(std::string_view text);

// The text as an IP address, or that error.
Result<net::Address> ip_address_of(std::string_view text);

// RFC 5952, but never with a dotted end.
std::string ip_normal_form(const net::Address& address);

}
