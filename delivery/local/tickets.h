// Tickets: launcher's signature under what a user's own file asked for (SECURITY.md 4.3). Router and the queue carry
// them as they are; a pipe, file or reply with a good one is that user's own wish, whoever hands it in.
#pragma once

#include <string>

#include "common/base/result.h"
#include "delivery/local/interpret_protocol.h"
#include "router/routing_protocol.h"

namespace gp::local {

class Tickets {
public:
    // With a key of this object's own. To be made after the nursery: what children have in memory is no secret.
    Tickets();
    // Signs each pipe, file and reply of `reply` for that user.
    Status sign(std::uint32_t uid, launcher::InterpretReply& reply) const;
    // Is this delivery what the user of its uid asked for?
    bool is_good(const router::Delivery& delivery) const;

private:
    Result<std::string> made_for(std::uint32_t uid, const std::string& what) const;
    std::string key_;
};

}
