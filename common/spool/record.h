// A record: what the log is made of, and the only form in which anything is promised.
//
//   header (80 octets) | front | tail | zeros up to a multiple of 8
//
// The front is what the index needs (and, of a message, envelope and headers), the tail is a message's
// body; each has a checksum of its own, so that an envelope is read and proved without its body.
//
// The header binds a record to its place. `generation` and `salt` are those of the segment at the time of
// writing: what an earlier use of a recycled segment left behind never counts. The salt is random and
// known to nobody outside; without it a mail whose body looks like a record could be taken for one when
// recovery searches behind a damaged place. `sequence` numbers all records without a gap, so a lost one is
// missed; `behind` says how far back durability was proved when this was written, so recovery can tell a
// batch that was torn before anybody was told (nothing lost) from a damaged promise (an alarm).
//
// Alignment. Records of one batch follow each other at multiples of 8; each *batch* begins on a fresh block
// of 4096. A disk writes sectors of 512 or 4096 octets, and one that is being written when the power goes
// may come back old, new, or unreadable. So a block with an acknowledged record in it is never written
// again: with records at multiples of 8 or 512 throughout, the next batch would rewrite the block in which
// the last promise ends. Within a batch all records stand or fall by the same barrier, and need no more
// than natural alignment. The price is 2 KiB of zeros for each barrier, a 50th of a busy batch.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::spool {

inline constexpr std::size_t block_size = 4096;
inline constexpr std::size_t record_alignment = 8;
inline constexpr std::size_t record_header_size = 80;
inline constexpr std::uint32_t record_magic = 0x31525047; // "GPR1": the 1 is the version of the format
inline constexpr std::size_t max_id_size = 23;            // 6-11-4

enum class RecordType : std::uint8_t {
    message = 1,    // facts, envelope, headers; the tail is the body
    large = 2,      // the same, body in a file of its own
    done = 3,       // recipients or children need nothing more
    deferred = 4,   // next_try, reason
    finished = 5,   // the message needs nothing more: it is gone
    hold = 6,       // frozen, or released again
    edit = 7,       // facts, new envelope
    finishing = 8,  // an agent is about to end a delivery: from here its outcome is uncertain
    settled = 9,    // ... and that window closed without a delivery, or was given up as uncertain
    checkpoint = 10 // opens a segment; carries the floor
};

enum RecordFlags : std::uint8_t {
    no_leading_dots = 1, // no line of the body begins with a dot: it may be sent untouched
    is_copy = 2,         // carried forward by compaction
};

// A message id as a key: zero-padded, ordered as text.
class Key {
public:
    Key() = default;
    // Message ids are 16 or 23 octets of base 62 and hyphens; anything else is refused.
    static Result<Key> parse(std::string_view id);
    // For octets that a checksum vouches for.
    static Key trusted(std::string_view id);

    std::string_view text() const { return {octets_.data(), ::strnlen(octets_.data(), max_id_size)}; }
    std::string str() const { return std::string(text()); }
    friend auto operator<=>(const Key& a, const Key& b)
    {
        return std::memcmp(a.octets_.data(), b.octets_.data(), sizeof a.octets_) <=> 0;
    }
    friend bool operator==(const Key& a, const Key& b) { return a.octets_ == b.octets_; }

private:
    std::array<char, 24> octets_{};
};

// Where a record begins. Segments are named by generation: a recycled one is another segment.
struct Location {
    std::uint32_t generation = 0; // 0: nowhere
    std::uint32_t unit = 0;       // offset / record_alignment
    std::uint64_t offset() const { return std::uint64_t{unit} * record_alignment; }
    explicit operator bool() const { return generation != 0; }
    friend bool operator==(const Location&, const Location&) = default;
};

struct RecordHeader {
    RecordType type{};
    std::uint8_t flags = 0;
    Key id;
    std::uint32_t generation = 0;
    std::uint64_t salt = 0;
    std::uint64_t sequence = 0;
    std::uint32_t behind = 0; // sequence minus the last number that was proved durable
    std::uint32_t front_size = 0, front_crc = 0;
    std::uint32_t tail_size = 0, tail_crc = 0;

    std::uint64_t size() const; // of the whole record, padding included
    std::uint64_t durable() const { return sequence - behind; }
};

std::uint64_t record_size(std::uint64_t front, std::uint64_t tail);
void encode_record_header(char* at, const RecordHeader& header);
// Nothing when these are not a header: magic, checksum, a type or an id that cannot be.
std::optional<RecordHeader> decode_record_header(std::string_view octets);

// A record that was read and whose checksums are right. The views live as long as what was read.
struct Record {
    RecordHeader header;
    Location where;
    std::string_view front;
    std::string_view tail;
};

// --- what fronts hold, in the spool's tolerant form ---

// All that is known of a message beside its envelope, at the time of writing. Kept out of the envelope so
// that the index is built without parsing that.
struct Facts {
    std::int64_t received = 0;     // microseconds
    std::uint64_t size = 0;        // headers and body
    std::uint64_t lines = 0;       // so many octets more than in Exim's count: a carriage return for each line but one
    std::uint64_t large_size = 0;  // of a body in its own file
    std::uint32_t large_crc = 0;
    std::string queue;
    bool frozen = false;
    std::int64_t frozen_at = 0;    // seconds
    std::int64_t next_try = 0;     // seconds
    std::string reason;            // of the last deferral
    bool uncertain = false;        // may have been delivered already
    std::vector<std::uint32_t> done;     // recipients, as pairs first, last
    std::vector<std::string> children;   // done below a recipient
    std::vector<std::string> finishing;  // in their uncertain window
    std::string settles;           // another message of which ...
    std::vector<std::uint32_t> settles_recipients; // ... these are done by this record
    std::vector<std::string> settles_children;     // ... and these below its recipients
    static void fields(auto& self, auto&& field)
    {
        field("received", self.received);
        field("size", self.size);
        field("lines", self.lines);
        field("large_size", self.large_size);
        field("large_crc", self.large_crc);
        field("queue", self.queue);
        field("frozen", self.frozen);
        field("frozen_at", self.frozen_at);
        field("next_try", self.next_try);
        field("reason", self.reason);
        field("uncertain", self.uncertain);
        field("done", self.done);
        field("children", self.children);
        field("finishing", self.finishing);
        field("settles", self.settles);
        field("settles_recipients", self.settles_recipients);
        field("settles_children", self.settles_children);
    }
};

struct DoneFacts {
    std::vector<std::uint32_t> recipients;
    std::vector<std::string> children;
    static void fields(auto& self, auto&& field)
    {
        field("recipients", self.recipients);
        field("children", self.children);
    }
};

struct DeferredFacts {
    std::int64_t next_try = 0;
    std::string reason;
    static void fields(auto& self, auto&& field)
    {
        field("next_try", self.next_try);
        field("reason", self.reason);
    }
};

struct HoldFacts {
    bool frozen = false;
    std::int64_t at = 0;
    static void fields(auto& self, auto&& field)
    {
        field("frozen", self.frozen);
        field("at", self.at);
    }
};

struct WindowFacts { // finishing, settled
    std::vector<std::string> children;
    bool uncertain = false; // settled: nobody knows what became of them, and the log has said so
    static void fields(auto& self, auto&& field)
    {
        field("children", self.children);
        field("uncertain", self.uncertain);
    }
};

struct CheckpointFacts {
    std::uint32_t floor = 0;  // no segment of an older generation holds anything that counts
    bool clean = false;       // the log was closed in good order: nothing follows
    std::int64_t at = 0;      // seconds
    // Numbers that recovery has missed and reported, as pairs first, last: no news for the next one.
    std::vector<std::uint64_t> missing;
    static void fields(auto& self, auto&& field)
    {
        field("floor", self.floor);
        field("clean", self.clean);
        field("at", self.at);
        field("missing", self.missing);
    }
};

// The front of a message, a large one or an edit: three sections, each with its length.
struct MessageFront {
    std::string_view facts;
    std::string_view envelope;
    std::string_view headers;
};
std::optional<MessageFront> split_message_front(std::string_view front);

}
