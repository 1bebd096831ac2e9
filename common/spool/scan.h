// Reads the records of one segment from front to back, and says where they end or what is wrong.
//
// Only what its checksums prove is handed out. Behind a place that proves nothing the scan searches on
// for the next record that belongs to this use of the segment, so that one bad sector costs the records
// that stood in it and no other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/spool/io.h"
#include "common/spool/segment.h"

namespace gp::spool {

// A part of a file in memory, moving forward. What the disk cannot read is handed out as zeros and
// counted.
class Window {
public:
    Window(const Io& io, int fd, std::uint64_t size) : io_(io), fd_(fd), size_(size) {}
    // The octets from `offset`, `size` of them or as many as the file has. Valid until the next call.
    std::string_view view(std::uint64_t offset, std::size_t size);
    std::uint64_t unreadable() const { return unreadable_; } // octets

private:
    void load(std::uint64_t offset, std::size_t size);
    void load_blockwise(std::uint64_t offset, std::size_t size);

    const Io& io_;
    const int fd_;
    const std::uint64_t size_;
    std::string buffer_;
    std::uint64_t start_ = 0;
    std::uint64_t unreadable_ = 0;
};

// A stretch of a segment in which records must have stood.
struct Damage {
    std::uint64_t from = 0, to = 0;         // offsets
    std::uint64_t first_lost = 0, lost = 0; // sequence numbers
};

struct ScanOptions {
    bool check_tails = true;       // off: bodies are not read (and only the negative control of a test dares)
    std::uint64_t sequence_limit = ~std::uint64_t{0}; // from here on nothing in this segment counts
    // The number after which the next segment goes on, when that is known: a scan that has got there need
    // not search the rest of the file.
    std::uint64_t sequence_end = 0;
};

class SegmentScan {
public:
    SegmentScan(const Io& io, const SegmentFile& file, const SegmentHeader& header, const ScanOptions& options);

    // The next record, or nothing at the end. Its views are valid until the next call.
    std::optional<Record> next();

    const std::vector<Damage>& damages() const { return damages_; }
    std::uint64_t unreadable() const { return window_.unreadable(); }
    std::uint64_t expected() const { return expected_; } // the number of the record that would come next
    std::uint64_t durable() const { return durable_; }   // highest number that some record says was durable
    // Octets at the end that look like a record of this use and are none: a torn tail.
    std::uint64_t torn() const { return torn_; }

private:
    std::optional<Record> record_at(std::uint64_t offset);
    std::optional<std::uint64_t> search(std::uint64_t from);
    bool is_ours(const RecordHeader& header) const;
    Record taken(const Record& record);

    Window window_;
    const SegmentHeader header_;
    const ScanOptions options_;
    std::uint64_t limit_;
    std::uint64_t at_ = block_size;
    std::uint64_t expected_;
    std::uint64_t durable_ = 0;
    std::uint64_t torn_ = 0;
    bool closed_ = false; // the last record says that nothing follows
    bool ended_ = false;
    std::vector<Damage> damages_;
};

}
