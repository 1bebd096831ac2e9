// control = cutthrough_delivery (manual 44.20): a callout's connection is held open, and the message goes out over it
// before the client hears that it was taken.
//
// Whoever has the descriptor that CalloutReply::held is, has the connection: on it one asks for another recipient
// (Callout), and has the message sent (CutThrough). When all copies of it are closed, the connection ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/ipc/message.h"
#include "delivery/protocol.h"

namespace gp::remote {

// "Send this message to all whom the host has accepted." An error that remote answers: the host did not get the message,
// which may go the usual way. An answer that is lost (cause closed or timeout), and an outcome without a code: the host
// may have taken it. Outcomes are those of the targets in their order, and have the host's own words (Outcome::text) with
// their code, of a refusal too.
struct CutThrough {
    static constexpr std::string_view name = "cut_through";
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = delivery::DeliverReply;
    delivery::Deliver delivery; // no ticket: the message is not in the spool
    std::string headers;        // CRLF lines, without the empty line that ends them
    std::string body;           // CRLF lines; empty for a large message
    ipc::Fd large;              // of a large message's body
    std::uint64_t body_size = 0;
    static void fields(auto& self, auto&& field)
    {
        field("delivery", self.delivery);
        field("headers", self.headers);
        field("body", self.body);
        field("large", self.large);
        field("body_size", self.body_size);
    }
};

}
