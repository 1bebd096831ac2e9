// What one host, or one sender, may have: so many deliveries at once, and so many messages in a time. Pure.
//
// A bound is written in the configuration, or taught by a host that refuses what is too much for it. A delivery counts
// from its start until its time has passed since its end: in whatever moment the host looks at the message, it never
// sees more in that time than the bound.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "qmgr/turns.h"

namespace gp::qmgr {

// How many things there were within the last `span` seconds, and up to a sixtieth more.
class RecentCount {
public:
    explicit RecentCount(std::int64_t span = 60);
    void add(std::int64_t now, std::uint64_t count = 1);
    // A clock that was set back makes all of them new: none is forgotten too early.
    std::uint64_t at(std::int64_t now) const;

private:
    static constexpr std::int64_t slots = 60;
    void go_on(std::int64_t turn) const;

    std::int64_t width_; // seconds of a slot
    std::int64_t turns_; // slots that count, beside the one that is filled now
    // What is forgotten with time, whoever looks:
    mutable std::vector<std::uint64_t> slots_; // made with the first thing; turn t is at t modulo their number
    mutable std::int64_t turn_ = 0;            // the newest one
    mutable std::uint64_t sum_ = 0;
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
    // Others from now on; what was counted and learned stays.
    void change(const Bounds& bounds, std::int64_t now);

    bool has_room(std::int64_t now) const;
    void started() { ++in_flight_; }
    void spoke() { ++spoken_; } // one in flight needs the host no more: it is no connection, and still a message
    void not_begun(bool was_spoken = false); // what started was not carried after all
    // Jobs of the scheduler that have it, of first attempts and of others.
    void joined(Owner owner, bool is_first);
    void left(Owner owner, bool is_first);
    std::size_t jobs(bool is_first) const { return backlogs_[is_first].jobs; }
    // May one more job wait for it, as Scheduler::has_place says of a destination? Without a bound always.
    bool has_place(Owner owner, bool is_first, std::size_t backlog, std::int64_t now) const;
    // All messages of a time have begun: the next one waits until that has passed.
    bool is_spent(std::int64_t now) const;
    void ended(bool was_taken, std::int64_t now, bool was_spoken = false);

    // The host refused a delivery, which ends now: as one connection too many, or as one message too many. What it did
    // not say in so many words (`is_said`) is remembered for a sixth of the time.
    void refused_connection(std::int64_t now, bool is_said = true);
    void refused_message(std::int64_t now, bool is_said = true);
    // How many it took within host_limit_interval.
    std::uint64_t taken_lately(std::int64_t now) const { return taken_.at(now); }

    std::uint64_t in_flight() const { return in_flight_; }
    std::uint64_t connections() const { return in_flight_ - spoken_; }
    std::uint64_t at_once(std::int64_t now) const;             // 0: no bound
    std::uint64_t messages_in_interval(std::int64_t now) const; // learned; 0: no bound
    // How often the only connection was refused since the host took something; after each there is a pause.
    unsigned refused_alone() const { return refused_alone_; }
    bool is_bounded(std::int64_t now) const { return at_once(now) > 0 || bounds_.messages > 0 || messages_in_interval(now) > 0; }
    // It knows nothing that a new one would not know.
    bool is_forgettable(std::int64_t now) const;

private:
    struct Learned {
        std::uint64_t most = 0; // 0: nothing
        std::int64_t until = 0;
        std::uint64_t at(std::int64_t now) const { return now < until ? most : 0; }
    };
    void learn(Learned& what, std::uint64_t most, std::int64_t now, bool is_said) const;

    Bounds bounds_;
    RecentCount written_; // for Bounds::messages
    RecentCount recent_, taken_; // all that ended, and what it took, within the interval: to learn from
    std::uint64_t in_flight_ = 0, spoken_ = 0;
    struct Backlog {
        std::size_t jobs = 0;
        std::unordered_map<Owner, std::size_t> of;
    };
    std::array<Backlog, 2> backlogs_;
    unsigned refused_alone_ = 0;
    std::int64_t pause_until_ = 0;
    Learned learned_at_once_, learned_messages_;
};

}
