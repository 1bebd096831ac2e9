// What the system filter did to a message's headers (manual 47.6), replayed for whoever looks at them and for every
// copy that is delivered: the message itself stays in the spool as it came.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/mail/envelope.h"
#include "router/routing_protocol.h"

namespace gp::router {

// The header block as the filter left it.
std::string with_steps(const std::vector<mail::HeaderStep>& steps, std::string_view headers);

// The delivery takes the steps with it. What a router or transport removes is removed from the filter's headers,
// too, and what it changes is changed in them.
void take_steps(const std::vector<mail::HeaderStep>& steps, Delivery& delivery);

}
