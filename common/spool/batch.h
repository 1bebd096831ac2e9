// Records that are to become durable together: the unit of one pwritev and one barrier.
//
// Built by the owner of the spool; Log::write() places it, checksums it and writes it, on any thread;
// then the owner applies its records to the index. Small pieces are copied into one buffer, large
// bodies are only referred to and must stay where they are until the batch has been applied.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/spool/fields.h"
#include "common/spool/record.h"

namespace gp::spool {

class Segment;

// A message as it comes in. Views: alive until the batch has been applied.
struct NewMessage {
    Key id;
    Facts facts;
    std::string_view envelope;
    std::string_view headers;
    std::string_view body; // empty for a large one
    bool large = false;
    std::uint8_t flags = 0; // RecordFlags
};

class Batch {
public:
    void add(const NewMessage& message);
    void add_done(const Key& id, const DoneFacts& facts) { add(RecordType::done, id, facts); }
    void add_deferred(const Key& id, const DeferredFacts& facts) { add(RecordType::deferred, id, facts); }
    void add_finished(const Key& id);
    void add_hold(const Key& id, const HoldFacts& facts) { add(RecordType::hold, id, facts); }
    void add_edit(const Key& id, const Facts& facts, std::string_view envelope);
    // The two that no barrier waits for: they only make the log's words after a crash exact.
    void add_finishing(const Key& id, const WindowFacts& facts) { add(RecordType::finishing, id, facts); }
    void add_settled(const Key& id, const WindowFacts& facts) { add(RecordType::settled, id, facts); }
    void add_checkpoint(const CheckpointFacts& facts) { add(RecordType::checkpoint, Key{}, facts); }

    bool empty() const { return records_.empty(); }
    std::size_t count() const { return records_.size(); }
    std::uint64_t octets() const { return octets_; } // of the records, before the last block is filled up
    std::uint64_t blocks_size() const;               // what it takes of a segment
    bool wants_barrier() const { return wants_barrier_; }
    bool brings_mail() const { return brings_mail_; } // has new messages: may not use the reserve

    // The oldest generation that counts, as the owner knows it; told to a segment that this batch opens.
    std::uint32_t floor = 1;

    // The i-th record, as a reader of the log would see it.
    Record record(std::size_t i) const;

private:
    friend class Log;
    struct Item {
        RecordHeader header;
        std::size_t at = 0;    // of the header, in octets_here_
        std::string_view tail; // outside, when it is large
        Location where;
        bool checksummed = false;
    };
    static constexpr std::size_t copy_limit = 4096; // a longer body is referred to

    template <class T>
    void add(RecordType type, const Key& id, const T& facts)
    {
        const auto at = begin(type, id);
        write_fields(buffer_, facts);
        end(at, {}, 0);
    }
    std::size_t begin(RecordType type, const Key& id);
    void end(std::size_t at, std::string_view tail, std::uint8_t flags);
    void put_section(std::string_view section);

    // Gives every record its place in the segment and its checksums.
    void place(const Segment& segment, std::uint64_t first_sequence, std::uint64_t durable);
    std::vector<iovec> pieces() const;

    std::string buffer_; // headers, fronts, small tails, padding
    std::vector<Item> records_;
    std::uint64_t octets_ = 0;
    bool wants_barrier_ = false;
    bool brings_mail_ = false;
    std::shared_ptr<Segment> segment_; // where it was written
};

}
