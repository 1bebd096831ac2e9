// Who is worked on next: lets messages into the active set while there is room, and keeps what cannot come in
// by its id alone.
//
//   fresh     arrived, in order                        due      a pause is over, a lease ended, a queue
//   shrank paused    a failure of our own, by time            parked   by the destination whose queue is long,
//                                                               or the pace for which many wait
//   runs      queue runs wait for room on their fibers
//
// Fresh and due messages and waiting runs take turns, so that none of them waits for the others to be empty.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "cleanup/spoold/protocol.h"
#include "qmgr/core.h"
#include "qmgr/load_latch.h"
#include "qmgr/turns.h"

namespace gp::qmgr {

class Admission {
public:
    // `started` takes over a new active message.
    Admission(Core& core, std::function<void(Message&)> started)
        : core_(core), started_(std::move(started)), load_latch_(core.parameters.queue_only_load_latch)
    {}

    bool has_room() const;
    // Its first attempt is due. With its envelope at hand it comes in at once when there is room and nobody
    // waits before it.
    void arrived(const QueueId& id, IndexEntry& entry, const spoold::Entry* with_envelope);
    // A later attempt is due.
    void due(const QueueId& id, IndexEntry& entry, Attempt attempt);
    void pause(const QueueId& id, IndexEntry& entry, Attempt attempt);
    void pause_until(const QueueId& id, IndexEntry& entry, Attempt attempt, std::int64_t second);
    // Those that wait for the turn of an account that is slowed no more.
    void release(std::string_view account);
    // The ids of those.
    std::vector<std::string> slowed_for(std::string_view account) const;
    // New mail does not wait behind what was tried before.
    void park(const QueueId& id, IndexEntry& entry, Attempt attempt, const std::string& destination, Owner owner);

    // Makes it active now, whatever the room; only for those that are not active.
    Message& start(const QueueId& id, IndexEntry& entry, Attempt attempt);
    // For queue runs: waits until there is room and it is their turn; false when told to stop. Suspends. The room is
    // kept until the caller suspends again.
    bool wait_for_room();

    // Many jobs wait for this pace already.
    void park(const QueueId& id, IndexEntry& entry, Attempt attempt, const std::shared_ptr<Meter>& pace, Owner owner);

    void shrank(const std::string& destination); // one job less waits for it
    void eased(const Paces::Meters& meters);     // or for these
    void stopping();                             // queue runs do not wait any longer
    void tick();                                 // pauses that are over
    void pump();                                 // lets in as many as there is room
    // What is parked with this number waits for it; null: nothing does any more.
    std::shared_ptr<Meter> pace_of(std::uint32_t number) const;
    std::size_t parked() const { return parked_count_; }

private:
    struct Later {
        QueueId id;
        Attempt attempt;
    };
    struct Parked {
        Turns<Later> first, later; // by IndexEntry::attempted
        std::uint32_t number = 0;  // of a pace
    };
    using Paced = std::unordered_map<std::shared_ptr<Meter>, Parked>;
    void add(Parked& parked, const QueueId& id, IndexEntry& entry, Attempt attempt, Owner owner);
    void refill(Turns<Later>& parked, std::size_t waiting);
    Paced::iterator eased(Paced::iterator at);
    bool must_wait_for_load(const QueueId& id, const spoold::Entry* with_envelope);
    bool let_in_fresh();
    bool let_in_due();
    bool let_in_run();

    Core& core_;
    std::function<void(Message&)> started_;
    LoadLatch load_latch_;
    Turns<QueueId> fresh_; // senders take turns here too
    std::deque<Later> due_;
    std::deque<event::Notice*> runs_;
    std::multimap<std::int64_t, Later> paused_; // by the second at which they come back
    std::unordered_map<std::string, Parked, TextHash, std::equal_to<>> parked_;
    Paced paced_;
    std::unordered_map<std::uint32_t, std::shared_ptr<Meter>> numbered_; // those of paced_
    std::uint32_t last_pace_ = 0;
    std::size_t parked_count_ = 0;
    std::size_t promised_ = 0; // places of queue runs that have been called and have not looked yet
    std::uint64_t last_number_ = 0;
    unsigned turn_ = 0;
};

}
