// mua_wrapper (manual chapter 52): a message that is in no spool is carried to its host while the caller waits, to all
// of its recipients or to none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cleanup/spoold/protocol.h"
#include "common/ipc/message.h"
#include "delivery/protocol.h"

namespace gp::remote {

// "Carry this now." Answered to cleanup alone, where mua_wrapper is set. All targets have the same fate, but for LMTP,
// whose server judges each. Hosts are tried in turn as always, a refusal of one recipient excepted: it ends the delivery.
// An answer that is lost (cause closed or timeout): a host may have taken it.
struct SendNow {
    static constexpr std::string_view name = "send_now";
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = delivery::DeliverReply;
    delivery::Deliver delivery; // no ticket: the message is not in the spool
    std::string headers;        // CRLF lines, without the empty line that ends them
    std::string body;           // CRLF lines; empty for a large message
    ipc::Fd large;              // of a large message's body
    std::uint64_t body_size = 0;
    // The same in the form in which the spool gives messages out.
    spoold::Fetched message() const { return {.headers = headers, .body = body, .large = large, .body_size = body_size}; }
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
