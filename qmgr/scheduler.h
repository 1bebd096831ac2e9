// Decides which delivery starts next. Pure: it is told what there is and what ended, and asked for the next
// one; it knows neither messages nor agents nor time but through its clock.
//
//   Scheduler ──owns──▶ Destination ──waits──▶ Job ◀──owns── Scheduler
//       └─────owns──▶ Transport (slots)
//
// Of the slots of an agent, destinations get:
//   idle       a destination with nothing in flight, in turn: any free slot
//   busy       one that has deliveries in flight already, in turn: while a quarter of the slots is free
//   suspect    one that was slow or in trouble, in turn: while half of the slots is free, but each fourth
//              turn is theirs
// So a destination that answers slowly can fill its own window and nothing else, and many of them together
// leave a quarter of the slots to those that work.
#pragma once

#include <array>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "qmgr/destination.h"
#include "qmgr/transport_slots.h"

namespace gp::qmgr {

// A job as it is handed in.
struct Work {
    std::uint64_t message = 0;
    std::uint32_t group = 0;
    Owner owner = 0; // senders take turns
    bool is_first = false; // the message's first attempt: those and all others take turns
    Agent agent = Agent::remote;
    std::string transport;
    std::size_t transport_limit = 0; // max_parallel; 0: none
    std::string destination;         // unique over both agents
    std::size_t window = 0;          // deliveries to the destination at once, where it knows that; 0: the limits
    std::size_t targets = 1;
    std::size_t part = 1;
    std::size_t parallel = 0;
    std::vector<std::shared_ptr<Meter>> meters;
};

// A delivery that starts now: targets [first, first + count) of a job.
struct Assignment {
    JobId job = 0;
    std::uint64_t message = 0;
    std::uint32_t group = 0;
    Agent agent = Agent::remote;
    std::size_t first = 0, count = 0;
    bool is_awaited = false; // others may wait for its place: it is worth telling when its host is not needed any more
    bool is_spoken = false;  // Scheduler::spoken was told of it
};

class Scheduler {
public:
    struct Limits {
        std::size_t remote = 1000;
        std::size_t local = 64;
        Destination::Limits remote_destination;
        Destination::Limits local_destination{.ceiling = 2, .start = 2};
        std::int64_t slow = 20;    // seconds; a delivery that took longer makes its destination suspect
        std::int64_t memory = 600; // an idle destination is forgotten after so long
    };
    Scheduler(const Limits& limits, const Clock& clock);

    JobId add(const Work& work);
    // The next delivery for an agent, or nothing when no slot, no window or no job is there.
    std::optional<Assignment> next(Agent agent);
    // One under way needs its host no more: another may start in its place. Told once at most, before its end.
    void spoken(Assignment& assignment);
    // Each assignment is ended exactly once. True when the job is over (and gone) by it.
    bool ended(const Assignment& assignment, Feedback feedback, std::int64_t seconds_taken);
    // Takes back what was not handed out yet; says how many targets that were. A job without anything in
    // flight is gone by it.
    std::size_t cancel(JobId job);

    std::size_t waiting_for(std::string_view destination, bool is_first) const; // jobs, by Job::is_first
    // May one more job wait for it, where `backlog` is the usual bound, of first attempts as of others? A sender of
    // whom nothing waits there may have one above it.
    bool has_place(std::string_view destination, Owner owner, bool is_first, std::size_t backlog) const;
    const Destination* find(std::string_view destination) const;
    std::size_t destinations() const { return destinations_.size(); }
    std::size_t jobs() const { return jobs_.size(); }
    std::size_t in_flight(Agent agent) const { return slots_[index(agent)].used(); }
    void forget_idle();
    void tick(); // each second: what waited for a meter may go
    void set_limits(const Limits& limits); // for destinations and slots from now on

private:
    enum Class : std::uint8_t { idle, busy, suspect, classes };
    using Line = std::list<Destination*>; // every destination stands in exactly one
    struct Lines {
        std::array<Line, classes> ready;
        unsigned turn = 0;
    };

    static std::size_t index(Agent agent) { return static_cast<std::size_t>(agent); }
    static Class class_of(const Destination& destination);
    using Stand = Destination::Stand;
    static void seat(Destination& destination, Line& line, Stand stand); // at its end
    void set_aside(Destination& destination, std::int64_t now); // nothing of it may start
    Destination& destination_of(const Work& work);
    Transport& transport_of(const Work& work);
    void place(Destination& destination); // in the line where it belongs now
    void let_go(const Transport& transport);
    void let_go(const Meter& meter);
    bool may_use(Agent agent, Class which) const;
    std::optional<Assignment> from_line(Agent agent, Class which);
    Assignment start(Job& job, Destination& destination);

    Limits limits_;
    const Clock& clock_;
    std::array<Slots, agents> slots_;
    std::array<Lines, agents> lines_;
    Line resting_; // nothing to start, or no room in the window
    std::unordered_map<const Meter*, Line> paced_; // it has no room for what there is
    std::unordered_map<std::string, std::unique_ptr<Destination>, TextHash, std::equal_to<>> destinations_;
    std::unordered_map<std::string, std::unique_ptr<Transport>, TextHash, std::equal_to<>> transports_;
    std::unordered_map<const Transport*, Line> held_; // by a transport that is full
    using Jobs = std::unordered_map<JobId, std::unique_ptr<Job>>;
    void forget(Jobs::iterator at);
    Jobs jobs_;
    JobId last_job_ = 0;
};

}
