// How many deliveries one transport, and one kind of agent, may carry at once.
//
// A transport's own limit is Exim's max_parallel; 0 is none. The agents' limit is ours: it bounds the
// processes and connections of the machine. A part of those slots is kept back, so that a few slow
// destinations never take them all: see scheduler.h.
#pragma once

#include <cstddef>
#include <string>

namespace gp::qmgr {

class Slots {
public:
    explicit Slots(std::size_t limit = 0) : limit_(limit) {}

    bool has_room() const { return limit_ == 0 || used_ < limit_; }
    std::size_t free() const { return limit_ == 0 ? static_cast<std::size_t>(-1) : limit_ - used_; }
    void take() { ++used_; }
    void give_back() { --used_; }
    std::size_t used() const { return used_; }
    std::size_t limit() const { return limit_; }
    void set_limit(std::size_t limit) { limit_ = limit > used_ || limit == 0 ? limit : used_; }

private:
    std::size_t limit_;
    std::size_t used_ = 0;
};

struct Transport {
    std::string name;
    Slots slots;
};

}
