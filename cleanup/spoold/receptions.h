// Large bodies while they arrive: one file each, written part by part, of one cleanup process each.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "cleanup/spoold/parameters.h"
#include "common/event/loop.h"
#include "common/spool/spool.h"

namespace gp::spoold {

class Receptions {
public:
    using Channel = std::uint64_t;

    struct Complete {
        std::uint64_t size = 0;
        std::uint32_t crc = 0;
        bool no_leading_dots = false;
    };

    Receptions(spool::Spool& spool, const Parameters& parameters);

    // On a fiber. The first part (offset 0) opens the file.
    Status add(const spool::Key& id, Channel channel, std::uint64_t offset, std::string_view octets);
    Result<OwnedFd> read(const spool::Key& id, Channel channel) const; // what has been written so far
    // On a fiber: the whole body is durable, and from now on the caller's: to commit or to discard().
    Result<Complete> complete(const spool::Key& id, Channel channel, std::uint64_t size);
    void discard(const spool::Key& id); // the file of a complete one that was not committed
    void abandon(const spool::Key& id, Channel channel);
    void abandon(const spool::Key& id); // whoever sends it
    void channel_gone(Channel channel);
    std::size_t size() const { return receptions_.size(); }

private:
    struct Reception {
        Reception(spool::LargeWriter file, Channel sender) : writer(std::move(file)), channel(sender) {}
        spool::LargeWriter writer;
        const Channel channel;
        bool busy = false;   // a thread is writing
        bool doomed = false; // abandoned meanwhile
    };
    using Held = std::shared_ptr<Reception>;

    Result<Held> open(const spool::Key& id, Channel channel);
    Result<Held> find(const spool::Key& id, Channel channel) const;
    Status work(const Held& reception, Task task);
    void remove(const spool::Key& id);

    spool::Spool& spool_;
    const Parameters& parameters_;
    event::Gate threads_; // leaves others for the barrier
    std::map<spool::Key, Held> receptions_;
};

}
