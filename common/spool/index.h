// The messages that are alive, in memory: where each stands in the log and what has become of it.
//
// Built by applying records in the order of their numbers: recovery applies what it scans, the running
// owner applies each batch once it is durable. It is the same function, so what a restart finds is what
// was there before. An ordinary message costs a fixed 110 octets or so, whatever its size; one of which
// some recipients are done, that was edited or frozen has a small Extra besides.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/envelope.h"
#include "common/spool/record.h"
#include "common/spool/recipient_set.h"

namespace gp::spool {

// Entry::next_try: an agent has recorded an outcome behind the last deferral, and nobody has written what comes next. Of a
// message that is not under way then, the queue manager has died meanwhile.
inline constexpr std::int64_t due_after_outcome = 1;

using NameSet = std::set<std::string, std::less<>>;

struct Extra {
    RecipientSet done;
    NameSet children;            // done below a recipient
    NameSet finishing;           // in their uncertain window
    std::int64_t frozen_at = 0;  // seconds
    Location edit;               // of the record with the envelope that counts
    std::uint32_t edit_front = 0; // size of its front
};

struct Entry {
    Location where;
    std::uint32_t front = 0; // size of the record's front ...
    std::uint32_t tail = 0;  // ... and tail
    std::uint64_t size = 0;  // of the message: headers and body
    std::uint32_t lines = 0; // in them, as far as that is known
    std::int64_t received = 0; // microseconds
    std::int64_t next_try = 0; // seconds; or due_after_outcome
    Location deferral;       // of the last deferral's record, for its reason; nowhere: in the facts
    std::uint16_t queue = 0; // number of the queue's name
    bool large = false;
    bool frozen = false;
    bool uncertain = false;  // may have been delivered already
    std::unique_ptr<Extra> extra;

    bool is_finishing() const { return extra && !extra->finishing.empty(); }
    std::uint64_t record_size() const { return spool::record_size(front, tail); }
};

// What counts of a segment: messages that stand in it.
struct SegmentUse {
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;
};

class Index {
public:
    using Map = std::map<Key, Entry>;

    // A message that the record ended.
    struct Gone {
        Key id;
        bool large = false;
    };
    // Takes a record into account. An error: its front is not what its type says, which only damage that
    // every checksum missed, or a bug, can bring about.
    Result<std::optional<Gone>> apply(const Record& record);

    const Entry* find(const Key& id) const;
    Entry* find(const Key& id);
    const Map& all() const { return entries_; }
    std::size_t size() const { return entries_.size(); }
    std::string_view queue_name(std::uint16_t number) const { return queues_[number]; }

    // All that is known of a message beside its envelope: for a copy of it. The reason is where
    // `deferral` says.
    Facts facts(const Entry& entry) const;
    // What became of it since, put into its envelope as that was recorded.
    void put_state(const Entry& entry, mail::Envelope& envelope) const;

    SegmentUse use(std::uint32_t generation) const;
    std::uint64_t live_octets() const { return live_octets_; }
    // No older generation holds anything that counts, as far as checkpoints have said.
    std::uint32_t floor() const { return floor_; }
    // Drops what stands in generations that a checkpoint has declared empty.
    void forget_below(std::uint32_t floor);

private:
    Status take_message(const Record& record);
    Status take_edit(const Record& record);
    void take_state(Entry& entry, const Facts& facts);
    void take_done(const Key& id, const std::vector<std::uint32_t>& recipients,
                   const std::vector<std::string>& children);
    void settle(Entry& entry, const WindowFacts& facts);
    std::optional<Gone> take_finished(const Key& id);
    void count(const Entry& entry, bool in);
    std::uint16_t queue_number(const std::string& name);
    static Extra& extra(Entry& entry);

    Map entries_;
    std::map<std::uint32_t, SegmentUse> uses_;
    std::vector<std::string> queues_{""}; // names by number; a few
    std::uint64_t live_octets_ = 0;
    std::uint32_t floor_ = 1;
};

}
