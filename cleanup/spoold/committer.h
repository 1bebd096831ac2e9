// Gathers changes and makes them durable, a batch behind each barrier.
//
// No timer and no least number: whatever is complete when the last barrier ends is the next batch, so an
// idle system commits one message at once and a busy one batches by itself. While a batch is on its way to
// the disk (on a thread) the next one gathers, and what only has to be in the log goes beside it. Only after
// success, and in this order: the batch shows in the index; its log lines go out; its callers are answered;
// qmgr hears of it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "cleanup/spoold/parameters.h"
#include "common/event/loop.h"
#include "common/spool/spool.h"

namespace gp::spoold {

class Committer {
public:
    // A change as its caller sees it. What `add` refers to must stay until commit() returns.
    struct Change {
        std::function<void(spool::Batch&)> add;
        std::size_t octets = 0;    // of what it adds, about
        bool brings_mail = false;  // may not use the reserve
        std::string_view log_line; // said when it is durable
    };

    // Called after each batch, outside of the callers' fibers.
    struct Watcher {
        std::function<void(const std::vector<spool::Index::Gone>& gone)> gone;
        std::function<void()> batch_ended; // written or failed: time for upkeep
    };

    Committer(spool::Spool& spool, const Parameters& parameters) : spool_(spool), parameters_(parameters) {}
    void watch(Watcher watcher) { watcher_ = std::move(watcher); }

    // On a fiber. Returns when the change is durable, or why it is not and never happened.
    Status commit(Change change);
    // On a fiber. Returns when the change is in the log, where it outlives this process; no barrier is made
    // or waited for.
    Status append(std::function<void(spool::Batch&)> add);
    // Without waiting at all: goes along with whatever is next.
    void mention(std::function<void(spool::Batch&)> add);
    // On a fiber: the stragglers that the sweep has selected, in front of the next batch.
    Status carry_forward(const spool::Sweep& sweep);
    // So that the segments that are empty now can be used again.
    Status checkpoint();
    // Whether a stopped log can be written again.
    Status probe();
    // There is room for segments again.
    void room_again() { out_of_room_ = false; }

    // The fiber that does the work; until stop(), and what was given to it before that. What comes later is
    // refused with Cause::closed.
    void run();
    void stop();
    struct Counts {
        std::uint64_t barriers = 0, messages = 0;
    };
    const Counts& counts() const { return counts_; }
    bool is_busy() const { return writing_ || !pending_.empty() || !gathered_.empty(); }
    // Segments are full, no new one can be made, and the last one is kept for outcomes.
    bool is_out_of_room() const { return out_of_room_; }

private:
    struct Waiting {
        Change change;
        event::Notice* done = nullptr; // null: nobody waits
        Status* result = nullptr;
        bool until_appended = false;   // and not for the barrier
    };
    using Batched = std::vector<Waiting>;

    Status wait(Waiting waiting);
    bool may_go_beside() const;
    void write_beside();
    void confirm_besides(const spool::Batch& behind);
    Batched take(spool::Batch& batch);
    void write_batch();
    Status write(spool::Batch& batch, Batched& changes);
    void succeeded(spool::Batch& batch, Batched& changes);
    void remove_bodies(const std::vector<spool::Index::Gone>& gone);
    void answer(Batched& changes, const Status& status);
    static void answer(Waiting& waiting, const Status& status);
    void put_back_outcomes(Batched& changes, const Status& status);
    void tell_of_trouble(const Status& status);

    spool::Spool& spool_;
    const Parameters& parameters_;
    Watcher watcher_;
    std::deque<Waiting> pending_;
    std::size_t pending_octets_ = 0;
    bool has_mentions_ = false;         // in pending_: what is appended now must not overtake them
    bool in_barrier_ = false;
    Batched gathered_;                  // to be appended beside the barrier, at the end of this turn of the loop
    std::vector<spool::Batch> besides_; // that were, and show with the batch that they are behind
    const spool::Sweep* sweep_ = nullptr;
    event::Notice* sweep_done_ = nullptr;
    Status* sweep_result_ = nullptr;
    event::Notice wake_;
    Counts counts_;
    bool writing_ = false;
    bool stopping_ = false;
    bool ended_ = false; // run() has returned
    bool out_of_room_ = false;
    bool was_stopped_ = false; // the log, and people were told
};

}
