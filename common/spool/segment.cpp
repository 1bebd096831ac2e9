#include "common/spool/segment.h"

#include <fcntl.h>

#include <algorithm>
#include <vector>

#include "common/base/crc32c.h"
#include "common/spool/detail/octets.h"
#include "common/spool/fields.h"

namespace gp::spool {
namespace {

constexpr std::string_view magic = "GPSEGM01"; // the digits are the version of the format

enum Field : std::size_t {
    at_generation = 8,
    at_floor = 12,
    at_size = 16,
    at_salt = 24,
    at_first_sequence = 32,
    at_opened = 40,
    at_crc = 508,
    header_size = 512, // one sector
};

constexpr std::size_t fill_step = 1024 * 1024;

Status fill_with_zeros(const Io& io, int fd, std::uint64_t size)
{
    const std::string zeros(std::min<std::uint64_t>(fill_step, size), '\0');
    for (std::uint64_t at = 0; at < size; at += zeros.size())
        TRY(io.write(fd, at, std::string_view(zeros).substr(0, std::min<std::uint64_t>(zeros.size(), size - at))));
    return {};
}

// Both places; blank ones too, so that a file tells the size that it was meant to have.
Status write_headers(const Io& io, const SegmentFile& file, const SegmentHeader& header, std::string_view behind)
{
    auto front = encode_segment_header(header);
    const auto back = front;
    front.append(behind);
    TRY(io.write(file.fd.get(), 0, front));
    return io.write(file.fd.get(), file.size - block_size, back);
}

std::string opening_record(const SegmentHeader& header, std::uint32_t behind, const CheckpointFacts& opening)
{
    std::string front;
    write_fields(front, opening);
    std::string block(record_header_size, '\0');
    encode_record_header(block.data(), {.type = RecordType::checkpoint,
                                        .generation = header.generation,
                                        .salt = header.salt,
                                        .sequence = header.first_sequence,
                                        .behind = behind,
                                        .front_size = static_cast<std::uint32_t>(front.size()),
                                        .front_crc = crc32c(front)});
    block += front;
    block.resize(round_up(block.size(), block_size));
    return block;
}

}

std::string encode_segment_header(const SegmentHeader& header)
{
    std::string block(block_size, '\0');
    char* at = block.data();
    std::ranges::copy(magic, at);
    put_u32(at + at_generation, header.generation);
    put_u32(at + at_floor, header.floor);
    put_u64(at + at_size, header.size);
    put_u64(at + at_salt, header.salt);
    put_u64(at + at_first_sequence, header.first_sequence);
    put_u64(at + at_opened, static_cast<std::uint64_t>(header.opened));
    put_u32(at + at_crc, crc32c(0, at, at_crc));
    return block;
}

std::optional<SegmentHeader> decode_segment_header(std::string_view octets)
{
    if (octets.size() < header_size || !octets.starts_with(magic))
        return std::nullopt;
    const char* at = octets.data();
    if (get_u32(at + at_crc) != crc32c(0, at, at_crc))
        return std::nullopt;
    return SegmentHeader{.generation = get_u32(at + at_generation),
                         .floor = get_u32(at + at_floor),
                         .size = get_u64(at + at_size),
                         .salt = get_u64(at + at_salt),
                         .first_sequence = get_u64(at + at_first_sequence),
                         .opened = static_cast<std::int64_t>(get_u64(at + at_opened))};
}

Result<std::shared_ptr<SegmentFile>> make_segment(const Io& io, int directory, const std::string& name,
                                                  std::uint64_t size)
{
    const auto unfinished = name + std::string(unfinished_suffix);
    auto file = std::make_shared<SegmentFile>();
    file->name = name;
    file->size = std::max(round_up(size, block_size), smallest_segment);
    file->fd = TRY(io.open(directory, unfinished, O_RDWR | O_CREAT | O_TRUNC));
    auto made = [&]() -> Status {
        TRY(fill_with_zeros(io, file->fd.get(), file->size));
        TRY(write_headers(io, *file, SegmentHeader{.size = file->size}, {}));
        TRY(io.sync_all(file->fd.get()));
        TRY(io.rename(directory, unfinished, name));
        return io.sync_directory(directory);
    }();
    if (made)
        return file;
    // Whichever name it has now; a file that stays is found unfinished or blank at the next start.
    if (!io.remove(directory, unfinished))
        static_cast<void>(io.remove(directory, name));
    return std::move(made).error();
}

Result<FoundSegment> open_segment(const Io& io, int directory, const std::string& name, bool for_writing)
{
    FoundSegment found;
    found.file = std::make_shared<SegmentFile>();
    found.file->name = name;
    found.file->fd = TRY(io.open(directory, name, for_writing ? O_RDWR : O_RDONLY));
    const int fd = found.file->fd.get();
    found.file->size = TRY(io.size(fd));
    char octets[header_size];
    // A sector that cannot be read is a header that is not there.
    const auto header_at = [&](std::uint64_t offset) -> std::optional<SegmentHeader> {
        const auto got = io.read(fd, offset, octets);
        return got ? decode_segment_header({octets, *got}) : std::nullopt;
    };
    const auto front = header_at(0);
    const auto back = found.file->size >= 2 * block_size ? header_at(found.file->size - block_size) : std::nullopt;
    found.one_header_lost = front.has_value() != back.has_value();
    // They differ when the power went while a use was being begun: the newer one says which.
    found.header = front;
    if (back && (!front || back->generation > front->generation))
        found.header = back;
    return found;
}

Result<std::shared_ptr<Segment>> use_segment(const Io& io, std::shared_ptr<const SegmentFile> file,
                                             const SegmentHeader& header, std::uint32_t behind,
                                             const CheckpointFacts& opening)
{
    const auto record = opening_record(header, behind, opening);
    TRY(write_headers(io, *file, header, record));
    TRY(io.sync(file->fd.get()));
    auto segment = std::make_shared<Segment>();
    segment->file = std::move(file);
    segment->header = header;
    segment->end = block_size + record.size();
    return segment;
}

}
