// The keys of session tickets, a new one for each period: all made of one secret that nobody else has and that ends with
// this process, so that nothing has to be kept of them.
#pragma once

#include <chrono>
#include <string>

#include "common/base/result.h"
#include "common/tls/keyd/protocol.h"

namespace gp::keyd {

class TicketMill {
public:
    using Time = std::chrono::steady_clock::time_point;
    static Result<TicketMill> make(std::chrono::seconds period);

    // Those of a pool of processes, which no other has; for now, or for a time that a test names. The key before is good for as long as this one will be, which bounds the
    // age of a ticket to two periods.
    TicketKeysReply keys(const std::string& pool, Time now = std::chrono::steady_clock::now()) const;

private:
    TicketMill(std::string secret, std::chrono::seconds period) : secret_(std::move(secret)), period_(period) {}
    std::string key_of(const std::string& pool, std::uint64_t period) const;

    std::string secret_;
    std::chrono::seconds period_;
};

}
