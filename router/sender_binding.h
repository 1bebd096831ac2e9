// sender_logins: a client that has logged in sends as itself alone, in the envelope and in From: (an address, or an
// alias that leads to one, of which the option says that the login may use it).
#pragma once

#include "common/expand/expand.h"
#include "router/policy_protocol.h"
#include "router/world.h"

namespace gp::router {

// Turns an accepted MAIL, or an accepted message at its end, into a refusal where the login does not own its senders.
// An error is that of a text that cannot be expanded, or of an address that cannot be routed now.
Status bind_sender(const World& world, const expand::Expression& logins, const Ask& question, AskReply& reply);

}
