// ATRN (RFC 2645): a connection that was turned around. qmgr asks remote to speak as the client over it, and hands it the
// messages that are to go that way and no other.
//
// Whoever has the descriptor that TurnLinkReply::control is, has the link: DeliverTurned goes over it. When all copies of it
// are closed, remote says QUIT and the link ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/ipc/message.h"
#include "delivery/protocol.h"

namespace gp::remote {

struct TurnLinkReply {
    ipc::Fd control;
    ipc::Fd octets; // what the client says and hears; an end of one direction ends the link
    static void fields(auto& self, auto&& field)
    {
        field("control", self.control);
        field("octets", self.octets);
    }
};

struct TurnLink {
    static constexpr std::string_view name = "turn_link";
    using Reply = TurnLinkReply;
    mail::Origin client; // host, our interface, and the TLS session that whoever carries the octets keeps
    static void fields(auto& self, auto&& field) { field("client", self.client); }
};

struct DeliverTurnedReply {
    delivery::DeliverReply reply;
    std::string over; // why the link has ended; empty: it goes on
    static void fields(auto& self, auto&& field)
    {
        field("reply", self.reply);
        field("over", self.over);
    }
};

// "Deliver this over the link." What could not be delivered because of the link alone has Outcome::is_setup: no clock runs.
struct DeliverTurned {
    static constexpr std::string_view name = "deliver_turned";
    static constexpr std::size_t max_size = delivery::Deliver::max_size;
    using Reply = DeliverTurnedReply;
    delivery::Deliver delivery;
    static void fields(auto& self, auto&& field) { field("delivery", self.delivery); }
};

}
