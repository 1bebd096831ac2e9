// One next hop: a list of hosts, or one mailbox. It knows how many deliveries it can bear at once (its
// window) and which jobs wait for it.
//
//   window   opens by one with each success, up to the ceiling, until there is trouble (no connection, time-out,
//            4xx for everybody); then it halves, never below one, and opens by one for each window's worth of
//            successes. What has been spoken to the end and waits for the spool's record does not count, up to a
//            window of its own.
//   queue    senders take turns, and their jobs, one delivery each: a sender of thousands of messages, or a
//            message with thousands of recipients, takes its turn like anybody else. New messages have a
//            queue of their own, and the two take turns: after an outage the backlog delays nobody who
//            sends now
//
// Invariant: in_flight() - spoken() <= window(), and in_flight() <= 2 * window(), whenever a delivery starts.
#pragma once

#include <cstdint>
#include <list>
#include <string>

#include "qmgr/job.h"
#include "qmgr/turns.h"

namespace gp::qmgr {

enum class Feedback : std::uint8_t {
    success, // it took mail
    trouble, // it could not be reached, or refused everybody for now
    neutral, // says nothing about the destination: the address's fault
    untried, // nothing was sent anywhere
};

class Destination {
public:
    struct Limits {
        double ceiling = 20;
        double start = 5;
    };
    Destination(std::string name, Agent agent, const Limits& limits);

    const std::string& name() const { return name_; }
    Agent agent() const { return agent_; }

    void add(Job* job) { queue_of(*job).add(job->owner, job); }
    void drop(Job* job); // forgets a job that waits
    // The next job that may start, and its turn passes on; null when none may.
    Job* take_turn(std::int64_t now);
    void put_back(Job* job); // it was taken and could not start: it is next again
    bool is_ready(std::int64_t now) const; // some job may start, and the window has room
    const Meter* held_by(std::int64_t now) const; // the only thing in the way of a job; null: there is none, or the window is full

    void started() { ++in_flight_; }
    void spoke() { ++spoken_; } // one in flight needs its host no more
    void ended(Feedback feedback, bool was_slow, std::int64_t now, bool was_spoken = false);

    std::size_t waiting() const { return first_.size() + later_.size(); } // jobs with something to hand out
    std::size_t waiting(bool is_first) const { return (is_first ? first_ : later_).size(); }
    std::size_t waiting_of(Owner owner, bool is_first) const { return (is_first ? first_ : later_).of(owner); }
    std::size_t in_flight() const { return in_flight_; }
    std::size_t spoken() const { return spoken_; } // of those in flight
    double window() const { return window_; }
    // In trouble or slow: others go first when slots are short.
    bool is_suspect() const { return suspect_; }
    bool is_idle() const { return in_flight_ == 0 && waiting() == 0; }
    std::int64_t last_used() const { return last_used_; }

    // The line in which it stands at the moment: the scheduler's business alone.
    enum class Stand : std::uint8_t { resting, ready, paced, held };
    struct Seat {
        Stand stand = Stand::resting;
        std::list<Destination*>* line = nullptr;
        std::list<Destination*>::iterator place;
    };
    Seat seat;

private:
    Turns<Job*>& queue_of(const Job& job) { return job.is_first ? first_ : later_; }
    bool has_room() const; // in its window
    static Job* next_of(Turns<Job*>& queue, std::int64_t now);

    std::string name_;
    Agent agent_;
    Limits limits_;
    double window_;
    std::size_t in_flight_ = 0, spoken_ = 0;
    Turns<Job*> first_, later_; // by Job::is_first
    bool is_firsts_turn_ = true;
    bool suspect_ = false;
    bool was_in_trouble_ = false;
    std::int64_t last_used_ = 0;
};

}
