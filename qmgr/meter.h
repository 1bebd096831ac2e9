// What one host, or one sender, may have: so many deliveries at once, and so many messages in a time. Pure.
//
// A bound is written in the configuration, or taught by a host that refuses what is too much for it. A delivery counts
// from its start until its time has passed since its end: in whatever moment the host looks at the message, it never
// sees more in that time than the bound.
#pragma once

#include <cstdint>
#include <vector>

namespace gp::qmgr {

// How many things there were within the last `span` seconds, and up to a sixtieth more.
class RecentCount {
public:
    explicit RecentCount(std::int64_t span = 60);
    void add(std::int64_t now);
    std::uint64_t at(std::int64_t now) const;

private:
    static constexpr std::int64_t slots = 60;
    struct Slot {
        std::int64_t turn = -1; // which stretch of time it counts
        std::uint32_t count = 0;
    };
    std::int64_t width_; // seconds of a slot
    std::int64_t turns_; // slots that count
    std::vector<Slot> slots_; // made with the first thing
};

class Meter {
public:
    struct Bounds {
        std::uint64_t at_once = 0;  // 0: none
        std::uint64_t messages = 0; // in `seconds`; 0: none
        std::int64_t seconds = 60;
        std::int64_t interval = 60; // host_limit_interval
        std::int64_t memory = 3600; // host_limit_memory; 0: nothing is learned
    };
    explicit Meter(const Bounds& bounds);

    bool has_room(std::int64_t now) const;
    void started() { ++in_flight_; }
    void ended(bool was_taken, std::int64_t now);

    // The host refused a delivery, which ends now: as one connection too many, or as one message too many.
    void refused_connection(std::int64_t now);
    void refused_message(std::int64_t now);
    // How many it took within host_limit_interval.
    std::uint64_t taken_lately(std::int64_t now) const { return taken_.at(now); }
    bool has_learned_pace(std::int64_t now) const { return now < learned_until_ && learned_messages_ > 0; }

    std::uint64_t in_flight() const { return in_flight_; }
    std::uint64_t at_once(std::int64_t now) const;             // 0: no bound
    std::uint64_t messages_in_interval(std::int64_t now) const; // learned; 0: no bound
    bool is_bounded() const { return bounds_.at_once > 0 || bounds_.messages > 0 || learned_until_ > 0; }
    // It knows nothing that a new one would not know.
    bool is_forgettable(std::int64_t now) const;

private:
    void learn(std::int64_t now);

    Bounds bounds_;
    RecentCount written_; // for Bounds::messages
    RecentCount recent_, taken_; // all that ended, and what it took, within the interval
    std::uint64_t in_flight_ = 0;
    std::uint64_t learned_at_once_ = 0, learned_messages_ = 0; // 0: none
    std::int64_t learned_until_ = 0;
};

}
