// One pass over the oldest segment, a portion at a time, to carry forward what is still alive in it.
//
// Segments are reclaimed strictly oldest first, so a few messages that wait for days would keep everything
// behind them. Their records are copied into the current segment, with all that became of them since (for
// the records that said so may stand in segments that go next); then the old segment is empty.
//
//     read()             any thread: the next records of messages
//     Spool::select()    owner: keeps those that are alive here, and says what else must be read
//     read_more()        any thread: edited envelopes, reasons of deferrals
//     Spool::add_copies  owner: into the front of a batch, those that nothing has happened to meanwhile
//
// The sweep must outlive the batch: that one refers to its bodies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/spool/scan.h"
#include "common/spool/stored.h"

namespace gp::spool {

struct Straggler {
    RecordHeader header;
    Location where;
    std::string front;
    std::string tail;
    Source source;      // filled in by select()
    std::string reason; // by read_more()
    std::string edited; // envelope, likewise; empty: as in the front
    bool selected = false;
};

class Sweep {
public:
    Sweep(const Io& io, std::shared_ptr<const Segment> segment);

    void read(std::size_t octets); // about this many; replaces what was read before
    void read_more();
    bool at_end() const { return at_end_; }
    std::uint32_t generation() const { return segment_->header.generation; }

private:
    friend class Spool;
    const Io& io_;
    std::shared_ptr<const Segment> segment_;
    SegmentScan scan_;
    std::vector<Straggler> stragglers_;
    bool at_end_ = false;
};

}
