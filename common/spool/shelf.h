// The segments that wait to be used: blank ones made ahead of need, and used ones in which nothing counts
// any more, in the order in which they were given back.
//
// Log::write() takes from it on its thread while the owner gives back and makes new ones on others: it
// locks for itself. Files are made on the thread that asks for it, outside of the lock.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "common/spool/segment.h"

namespace gp::spool {

class Shelf {
public:
    struct Sizes {
        std::uint64_t segment = 64 * 1024 * 1024;
        std::uint64_t first = 4 * 1024 * 1024; // of a fresh spool's first one: it must be there at once
        std::size_t most = 4;                  // kept at most; more are removed
    };

    Shelf(const Io& io, int directory, const Sizes& sizes, unsigned next_number);

    // The longest-waiting one of at least `size` octets; made now when there is none. With `spare_last`,
    // the last one is left where it is and no_space is the answer instead when no other can be made: it
    // is kept for the outcomes of what is in the queue already.
    Result<std::shared_ptr<const SegmentFile>> take(std::uint64_t size, bool spare_last);
    // A use has ended, or (at the start) a blank one was found.
    void give(std::shared_ptr<const SegmentFile> file);
    // One more; larger than those before, up to the full size.
    Status make();

    std::size_t count() const;
    const Sizes& sizes() const { return sizes_; }

private:
    std::shared_ptr<const SegmentFile> find(std::uint64_t size, bool spare_last);
    Result<std::shared_ptr<SegmentFile>> make_sized(std::uint64_t size);

    const Io& io_;
    const int directory_;
    const Sizes sizes_;
    mutable std::mutex lock_;
    std::deque<std::shared_ptr<const SegmentFile>> waiting_;
    unsigned next_number_;
    std::uint64_t last_size_ = 0; // of what was taken last: the next one is made larger
};

}
