// Tickets: whoever holds one may read that message and record deliveries of it, nothing else. A keyed
// digest over the message id.
//
// The key stays the same over restarts, in a file of the spool that nobody else can read: an agent that
// was delivering while spoold was restarted can still tell us so, and the message is not sent twice. A
// ticket opens nothing once its message is gone.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/spool/io.h"

namespace gp::spoold {

class Tickets {
public:
    explicit Tickets(std::string key) : key_(std::move(key)) {}
    // Reads the key, or draws one when there is none.
    static Result<Tickets> open(const spool::Io& io, int directory);

    std::string issue(std::string_view id) const;
    bool is_good(std::string_view id, std::string_view ticket) const; // in constant time

private:
    std::string key_;
};

}
