#include "common/spool/scan.h"

#include <algorithm>

#include "common/base/crc32c.h"
#include "common/spool/detail/octets.h"
#include "common/spool/fields.h"

namespace gp::spool {
namespace {

constexpr std::size_t read_ahead = 1024 * 1024;

}

// --- Window ---

std::string_view Window::view(std::uint64_t offset, std::size_t size)
{
    if (offset >= size_)
        return {};
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, size_ - offset));
    if (offset < start_ || offset + size > start_ + buffer_.size())
        load(offset, std::max(size, read_ahead));
    const auto inside = static_cast<std::size_t>(offset - start_);
    return std::string_view(buffer_).substr(inside, size);
}

void Window::load(std::uint64_t offset, std::size_t size)
{
    // What is there already of the wanted part stays; records that span two loads are read once.
    const auto end = start_ + buffer_.size();
    if (offset >= start_ && offset < end)
        buffer_.erase(0, static_cast<std::size_t>(offset - start_));
    else
        buffer_.clear();
    start_ = offset;
    const auto have = buffer_.size();
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(size, size_ - offset));
    if (want <= have)
        return;
    buffer_.resize(want);
    const auto got = io_.read(fd_, offset + have, std::span<char>(buffer_).subspan(have));
    if (!got)
        return load_blockwise(offset + have, want - have);
    buffer_.resize(have + *got);
}

void Window::load_blockwise(std::uint64_t offset, std::size_t size)
{
    const auto base = static_cast<std::size_t>(offset - start_);
    for (std::size_t done = 0; done < size;) {
        const auto step = std::min<std::size_t>(size - done, block_size - (offset + done) % block_size);
        const auto part = std::span<char>(buffer_).subspan(base + done, step);
        if (!io_.read(fd_, offset + done, part)) {
            std::ranges::fill(part, '\0');
            unreadable_ += step;
        }
        done += step;
    }
}

// --- SegmentScan ---

SegmentScan::SegmentScan(const Io& io, const SegmentFile& file, const SegmentHeader& header,
                         const ScanOptions& options)
    : window_(io, file.fd.get(), file.size),
      header_(header),
      options_(options),
      // Whatever the file's length is now: records never reached into the last block of the length it
      // was made with.
      limit_(std::min(file.size, header.size >= block_size ? header.size - block_size : file.size)),
      expected_(header.first_sequence)
{
}

bool SegmentScan::is_ours(const RecordHeader& header) const
{
    return header.generation == header_.generation && header.salt == header_.salt &&
           header.sequence >= expected_ && header.sequence < options_.sequence_limit;
}

std::optional<Record> SegmentScan::record_at(std::uint64_t offset)
{
    const auto header = decode_record_header(window_.view(offset, record_header_size));
    if (!header || !is_ours(*header) || header->size() > limit_ - offset)
        return std::nullopt;
    const auto front_at = offset + record_header_size;
    const auto size = static_cast<std::size_t>(header->front_size) +
                      (options_.check_tails ? static_cast<std::size_t>(header->tail_size) : 0);
    const auto octets = window_.view(front_at, size);
    if (octets.size() < size)
        return std::nullopt;
    const auto front = octets.substr(0, header->front_size);
    const auto tail = octets.substr(header->front_size);
    if (crc32c(front) != header->front_crc)
        return std::nullopt;
    if (options_.check_tails && crc32c(tail) != header->tail_crc)
        return std::nullopt;
    return Record{*header,
                  {header_.generation, static_cast<std::uint32_t>(offset / record_alignment)},
                  front,
                  tail};
}

Record SegmentScan::taken(const Record& record)
{
    if (record.header.sequence > expected_)
        damages_.push_back({.from = at_,
                            .to = record.where.offset(),
                            .first_lost = expected_,
                            .lost = record.header.sequence - expected_});
    expected_ = record.header.sequence + 1;
    durable_ = std::max(durable_, record.header.durable());
    if (record.header.type == RecordType::checkpoint)
        if (const auto facts = read_fields<CheckpointFacts>(record.front))
            closed_ = facts->clean;
    at_ = record.where.offset() + record.header.size();
    return record;
}

std::optional<Record> SegmentScan::next()
{
    if (ended_)
        return std::nullopt;
    if (auto record = record_at(at_))
        return taken(*record);
    // Behind the last record of a batch the block is filled up with zeros.
    const auto block = round_up(at_, block_size);
    const auto rest = window_.view(at_, record_alignment);
    if (block != at_ && rest.find_first_not_of('\0') == std::string_view::npos) {
        at_ = std::min(block, limit_);
        if (auto record = record_at(at_))
            return taken(*record);
    }
    if (expected_ != options_.sequence_end && !closed_)
        if (const auto found = search(at_))
            if (auto record = record_at(*found))
                return taken(*record);
    ended_ = true;
    return std::nullopt;
}

// The next place at which a whole record of this use stands. A header that is right although its record
// is not is stepped over with all that it covers: inside may be a stranger's mail.
std::optional<std::uint64_t> SegmentScan::search(std::uint64_t from)
{
    while (from + record_header_size <= limit_) {
        const auto octets = window_.view(from, read_ahead);
        std::size_t i = 0;
        std::optional<RecordHeader> found;
        for (; !found && i + record_header_size <= octets.size(); i += record_alignment)
            if (get_u32(octets.data() + i) == record_magic)
                if (const auto header = decode_record_header(octets.substr(i)); header && is_ours(*header))
                    found = header;
        if (!found && i == 0)
            break;
        from += i;
        if (!found)
            continue;
        const auto at = from - record_alignment;
        if (record_at(at))
            return at;
        torn_ += found->size();
        from = found->size() <= limit_ - at ? at + found->size() : from;
    }
    return std::nullopt;
}

}
