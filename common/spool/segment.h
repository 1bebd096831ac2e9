// A segment: one file of the log, filled with zeros and synced before it is used, written from front to
// back, recycled when nothing in it counts any more.
//
//   block 0: header | records, each batch on a fresh block | last block: the header once more
//
// A file is made under a temporary name, written over its whole length, synced, renamed, and the
// directory synced: from then on a barrier has no allocation to commit, which is what makes it cheap.
// Using it means writing a header with a generation of its own into both places and syncing that. The
// second header is for the day on which the first one's sector cannot be read.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/owned_fd.h"
#include "common/spool/io.h"
#include "common/spool/record.h"

namespace gp::spool {

struct SegmentHeader {
    std::uint32_t generation = 0; // 0: never used; else the highest ever plus 1, at its time
    std::uint32_t floor = 0;      // when it was opened, no older generation counted any more
    std::uint64_t size = 0;       // of the file
    std::uint64_t salt = 0;
    // Its first record's number. Whatever an older generation holds from this number on never happened:
    // it belongs to a batch whose writing failed and whose senders were told so.
    std::uint64_t first_sequence = 0;
    std::int64_t opened = 0; // seconds; for people
};

std::string encode_segment_header(const SegmentHeader& header); // a block
std::optional<SegmentHeader> decode_segment_header(std::string_view octets);

// The file, whatever is in it. Shared: a reader may be under way while it is recycled.
struct SegmentFile {
    std::string name;
    OwnedFd fd;
    std::uint64_t size = 0;
    mutable std::atomic<bool> suspect = false; // a write or sync of it has failed: not used again
};

// A file in one of its uses.
class Segment {
public:
    std::shared_ptr<const SegmentFile> file;
    SegmentHeader header;
    std::uint64_t end = block_size; // where the next batch goes: for its writer alone
    bool unsynced = false;          // the same

    std::uint64_t limit() const { return file->size - block_size; } // records end here
    std::uint64_t room() const { return limit() - end; }
};

inline constexpr std::uint64_t smallest_segment = 64 * 1024;
inline constexpr std::string_view segment_suffix = ".seg";
inline constexpr std::string_view unfinished_suffix = ".new"; // still being filled
inline constexpr std::string_view damaged_suffix = ".damaged"; // set aside for people to look at

// A blank one, ready for use at any time; takes as long as the disk needs for `size` octets.
Result<std::shared_ptr<SegmentFile>> make_segment(const Io& io, int directory, const std::string& name,
                                                  std::uint64_t size);

// What stands in an existing file.
struct FoundSegment {
    std::shared_ptr<SegmentFile> file;
    std::optional<SegmentHeader> header; // nothing: neither copy is right
    bool one_header_lost = false;
};
Result<FoundSegment> open_segment(const Io& io, int directory, const std::string& name, bool for_writing);

// Begins a new use of the file: both headers and the opening checkpoint, synced. The checkpoint is the
// record `header.first_sequence`; it stands at a known place, so that the segment can be made out even
// when both headers are lost.
Result<std::shared_ptr<Segment>> use_segment(const Io& io, std::shared_ptr<const SegmentFile> file,
                                             const SegmentHeader& header, std::uint32_t behind,
                                             const CheckpointFacts& opening);

}
