// Events (manual 61): what happens to a message is told to router, which expands event_action for it. Settle never
// suspends, so events wait in a message's narrative, and log lines behind them, until a fiber has told them in order.
#pragma once

#include <string>
#include <vector>

#include "qmgr/core.h"

namespace gp::qmgr {

using EventFacts = std::vector<router::Option>;

// What router is asked about anything that happens to this message; without the facts. An empty transport: the main
// option event_action.
router::ExpandOption event_question(const mail::Envelope& envelope, std::uint64_t size, const std::string& headers,
                                    const std::string& transport);
// Never suspends.
void raise(Core& core, Message& message, const std::string& transport, EventFacts facts);
// Until all that was raised is told. Suspends.
void await_events(Message& message);

// Of one address; `what` may have no host.
EventFacts event_facts(std::string_view event, std::string_view data, const Piece& piece, const delivery::Outcome& what);
// With what is known of the TLS session that it went by: all of $tls_out_….
void add_connection(EventFacts& facts, const delivery::DeliverReply& reply, const delivery::Outcome& what);

// An operator took the message out of the queue: each recipient that is left fails, and the message is complete.
// Suspends.
void tell_of_removal(Core& core, const mail::Envelope& envelope, std::string_view who);

}
