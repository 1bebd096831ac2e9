// What VRFY and EXPN tell of an address: RFC 5321 sections 3.5.1 and 3.5.2, manual chapter 48.8.
#pragma once

#include "router/routing_protocol.h"
#include "router/world.h"

namespace gp::router {

// Why an address is no good: what the only address that it became ran into. An address that is redirected to
// several is good, whatever becomes of those (manual 44.26). Null: it is good; valid as long as `routed`.
const Unrouted* obstacle(const Routed& routed);

// The answer to VRFY that an ACL accepted: whether mail to the address can be delivered.
void tell_of_address(const World& world, expand::Scene& scene, std::string_view address, AskReply& reply);

// The answer to EXPN: what the address is redirected to, one step far.
void tell_expansion(const World& world, expand::Scene& scene, std::string_view address, AskReply& reply);

}
