// Ids that must not be used again for a while: of messages that were committed and are finished (a client
// whose reply was lost may ask for it, and must hear yes), and of those that were said not to be committed
// (a commit that is still on its way must fail). Both bounded in number and time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "common/base/clock.h"
#include "common/spool/record.h"

namespace gp::spoold {

class Remembered {
public:
    Remembered(const Clock& clock, std::size_t most, std::int64_t time) : clock_(clock), most_(most), time_(time) {}

    void add(const spool::Key& id);
    bool contains(const spool::Key& id);
    std::size_t size() const { return until_.size(); }

private:
    void forget_old();

    const Clock& clock_;
    const std::size_t most_;
    const std::int64_t time_; // seconds
    std::map<spool::Key, std::int64_t> until_;
    std::deque<spool::Key> order_; // of being added first
};

}
