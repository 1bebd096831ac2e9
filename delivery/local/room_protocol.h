// Has a mailbox room for another message? Router asks when an ACL says verify = recipient/quota (manual 44.45); a child
// looks that has become the recipient, behind the walls of a delivery to the same mailbox. Nothing is delivered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "router/routing_protocol.h"

namespace gp::launcher {

enum class Room : std::uint8_t { unknown, enough, none };
constexpr Room enum_limit(Room)
{
    return Room::none;
}

struct RoomReply {
    Room room = Room::unknown;
    std::string text; // why it is not known, or which quota is used up
    static void fields(auto& self, auto&& field)
    {
        field("room", self.room);
        field("text", self.text);
    }
};

// An error with Cause::refused: nobody may act as that user here.
struct RoomQuestion {
    static constexpr std::string_view name = "mailbox_room";
    static constexpr std::size_t max_size = 1024 * 1024;
    using Reply = RoomReply;
    router::Delivery delivery; // as if the message were delivered
    std::uint64_t size = 0;    // octets of the message as the client declared them; 0: it did not
    static void fields(auto& self, auto&& field)
    {
        field("delivery", self.delivery);
        field("size", self.size);
    }
};

}
