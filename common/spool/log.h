// The log as its writer sees it: batches go in, each behind one barrier, and nothing is promised before.
//
// One write() at a time; it may run on any thread, and only append_beside() while it does. The order of
// things in it is the order on which "nothing lost" rests:
//
//   1. a segment with room is there: opened (header, sync) before anything is written into it
//   2. one pwritev with all records of the batch
//   3. one fdatasync; only when it has returned success is write() successful
//
// What needs no barrier does not wait for another's: append_beside() puts it behind the batch that is being synced.
//
// After a failed write or sync nobody knows what the kernel still holds of those pages, so they are never
// synced again and trusted: the segment is sealed and the batch goes, with the same sequence numbers, into
// a segment from the shelf. Its header says where it begins, which undoes what the failed attempt may have
// left on the disk. When that fails too, the log is stopped: every write() is an error until revive().
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/clock.h"
#include "common/spool/batch.h"
#include "common/spool/shelf.h"

namespace gp::spool {

class Log {
public:
    // Where recovery found the log to go on.
    struct Start {
        std::uint32_t generation = 1; // of the next segment
        std::uint64_t sequence = 1;   // of the next record
        std::vector<std::uint64_t> missing; // numbers that recovery missed: pairs first, last
    };

    Log(const Io& io, Shelf& shelf, const Clock& clock, Start start);

    // All of the batch is durable, or (without wants_barrier) handed to the kernel; or an error, and then
    // nothing of it counts. An error with cause no_space means that only the reserve is left and the batch
    // brings mail; the log goes on.
    Status write(Batch& batch);
    // The same in two steps: handed to the kernel, where it outlives this process but no power cut; then made
    // durable, as far as the batch wants a barrier. Nothing counts before the second one has succeeded.
    Status append(Batch& batch);
    Status make_durable(Batch& batch);

    // While the barrier of another batch is under way on another thread: hands records that need none to the kernel,
    // behind it. False: there is none, or no room in its segment, or the write failed; they go the usual way. They count
    // when that batch does, in front of the next one, if they went into the same segment as it (segment_of); else, for its
    // barrier has failed, they are void and have to be written again.
    bool append_beside(Batch& batch);

    // The segment that the batch went into, after a successful write.
    static std::shared_ptr<Segment> segment_of(const Batch& batch) { return batch.segment_; }

    // Two failures in a row. May be asked from any thread.
    bool stopped() const { return stopped_; }
    // Lets the next write() try again, with a fresh segment.
    void revive() { stopped_ = false; }
    // Told once for each segment that had to be sealed: what went wrong. Taken by the owner.
    std::string take_complaint();
    // How full the segment in use is, in percent; 0 when there is none. For making spares ahead of need.
    unsigned used_percent() const { return used_percent_; }
    bool is_open() const { return is_open_; }

private:
    Status try_append(Batch& batch);
    Status try_barrier(Batch& batch);
    Status again(Batch& batch, const Error& why);
    Status open_segment(const Batch& batch);
    Status leave_segment();
    void seal(const Error& why);

    const Io& io_;
    Shelf& shelf_;
    const Clock& clock_;
    std::shared_ptr<Segment> current_;
    std::uint32_t next_generation_;
    std::uint64_t next_sequence_;
    std::uint64_t durable_; // the last number that a barrier has covered
    std::mutex barrier_lock_; // of what append_beside() shares with the thread of the barrier: these, and current_'s end
    bool in_barrier_ = false;
    std::uint64_t next_beside_ = 0; // number of the next record beside it
    std::vector<std::uint64_t> missing_;
    std::string complaint_;
    bool is_second_try_ = false; // of the batch in hand
    std::atomic<bool> stopped_ = false;
    std::atomic<bool> is_open_ = false;
    std::atomic<unsigned> used_percent_ = 0;
};

}
