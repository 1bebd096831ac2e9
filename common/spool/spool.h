// The spool as its one owner has it: the log, the index over it and the large files.
//
// Owned by spoold (and, while the suite is stopped, by `gatepost queue import`): open() takes the exclusive
// lock. Changes go through batches:
//
//     Batch batch;                       owner's thread
//     batch.add_...(...);
//     spool.prepare(batch);              owner's thread
//     spool.write(batch)                 any thread, one at a time; waits for the disk (append, make_durable: in two steps)
//     spool.apply(batch)                 owner's thread, after success: from now on it shows
//
// Everything else is for the owner's thread unless it says otherwise.
//
// On disk, below the spool's directory: lock; log/NNNNNN.seg; large/X/ID.
#pragma once

#include <cstdint>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/owned_fd.h"
#include "common/spool/catalog.h"
#include "common/spool/large_file.h"
#include "common/spool/log.h"
#include "common/spool/recovery.h"
#include "common/spool/sweep.h"

namespace gp::spool {

struct Options {
    Shelf::Sizes sizes;
    std::size_t spares = 2;             // ready ahead of need
    unsigned compact_below = 30;        // percent of the segments in use that must be alive
    std::size_t compact_segments = 4;   // and so many must be in use before anything is copied
    RecoveryOptions recovery{.may_repair = true};
    std::chrono::milliseconds lock_wait{0}; // for a reader (reader.h) to have done
};

class Spool {
public:
    static Result<std::unique_ptr<Spool>> open(const Io& io, OwnedFd directory, const Clock& clock,
                                               const Options& options);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    const RecoveryReport& report() const { return report_; }
    const Index& index() const { return catalog_.index; }
    LargeFiles& large() { return large_; }
    const Io& io() const { return io_; }
    int directory() const { return directory_.get(); }

    void prepare(Batch& batch);
    Status write(Batch& batch) { return log_->write(batch); } // any thread
    Status append(Batch& batch) { return log_->append(batch); }
    Status make_durable(Batch& batch) { return log_->make_durable(batch); }
    // Owner's thread, while make_durable() or write() of another batch runs; see Log.
    bool append_beside(Batch& batch) { return log_->append_beside(batch); }
    // Any thread, after that batch (`behind`) was applied and in front of the next one: written again, should the barrier
    // have failed. Then it is applied.
    Status confirm_beside(Batch& batch, const Batch& behind);
    // What ended by it. Bodies in files of their own may be removed from now on.
    std::vector<Index::Gone> apply(const Batch& batch);
    void remove_bodies(const std::vector<Index::Gone>& gone) const; // any thread
    Status commit(Batch& batch); // all four, for those who may wait
    // A last record that says: nothing follows, all is in order.
    Status close();

    const Catalog& catalog() const { return catalog_; }
    Result<Source> locate(const Key& id) const { return catalog_.locate(id); }

    // --- upkeep, between batches ---

    bool stopped() const { return log_->stopped(); }
    void revive() { log_->revive(); }
    std::string take_complaint() { return log_->take_complaint(); }
    bool wants_spare() const;
    Status make_spare() { return shelf_->make(); } // any thread
    std::size_t spares() const { return shelf_->count(); }

    // Too little of what is used is alive; `pressed`: space is short, so every segment that can be won counts.
    bool wants_compaction(bool pressed) const;
    std::unique_ptr<Sweep> start_sweep() const; // null when there is nothing to sweep
    void select(Sweep& sweep) const;
    std::size_t add_copies(Batch& batch, const Sweep& sweep) const; // how many
    // Messages of a generation that a whole sweep has left behind: the disk does not give them back.
    std::vector<Key> unreadable(std::uint32_t generation) const;
    // The file of this generation is kept for people to look at instead of being used again.
    void keep_as_damaged(std::uint32_t generation) { damaged_.push_back(generation); }
    bool owes_checkpoint() const { return reclaimable() > catalog_.index.floor(); }

    std::uint64_t used_octets() const;
    std::size_t segments() const { return catalog_.segments.size(); }

private:
    Spool(const Io& io, OwnedFd directory, OwnedFd lock, OwnedFd log_directory, OwnedFd large_root,
          const Clock& clock, const Options& options);
    Status start(Recovered recovered);
    Status settle_segments() const;
    Status check_large_files();
    std::uint32_t reclaimable() const;
    void reclaim();
    void retire(const std::shared_ptr<Segment>& segment);

    const Io& io_;
    const Clock& clock_;
    const Options options_;
    OwnedFd directory_, lock_, log_directory_;
    LargeFiles large_;
    Catalog catalog_; // its newest segment may be in use
    std::unique_ptr<Shelf> shelf_;
    std::unique_ptr<Log> log_;
    std::vector<std::uint32_t> damaged_;
    RecoveryReport report_;
};

inline constexpr const char* lock_name = "lock";
inline constexpr const char* log_name = "log";
inline constexpr const char* large_name = "large";

}
