// A message that an administrator puts into the queue of a running suite, as it stood in another one. A large body goes
// ahead in spoold::LargePart.
#pragma once

#include <cstdint>
#include <string>

#include "common/ipc/message.h"

namespace gp::qmgr {

// Answered when the message is on stable storage. `envelope` is a mail::Envelope in the spool's form.
struct Import {
    static constexpr std::string_view name = "import";
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = ipc::Done;
    std::string envelope;
    std::string headers;
    std::string body;             // empty when it went ahead
    std::uint64_t large_size = 0; // octets that went ahead
    static void fields(auto& self, auto&& field)
    {
        field("envelope", self.envelope);
        field("headers", self.headers);
        field("body", self.body);
        field("large_size", self.large_size);
    }
};

}
