// Segments as a disk may return them: raw octets where records are expected, and records whose checksums
// are right and whose fronts are anything. Whatever comes, the scan ends, keeps within the file, and the
// index counts what it holds.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "common/base/crc32c.h"
#include "common/spool/index.h"
#include "common/spool/scan.h"

using namespace gp;
using namespace gp::spool;

namespace {

constexpr SegmentHeader segment_header{.generation = 3, .floor = 1, .size = 0, .salt = 42, .first_sequence = 1};

void put_record(std::string& out, std::uint64_t sequence, RecordType type, const Key& id, std::string_view front)
{
    std::string record(record_header_size, '\0');
    encode_record_header(record.data(), {.type = type,
                                         .id = id,
                                         .generation = segment_header.generation,
                                         .salt = segment_header.salt,
                                         .sequence = sequence,
                                         .front_size = static_cast<std::uint32_t>(front.size()),
                                         .front_crc = crc32c(front)});
    record += front;
    record.resize(record_size(front.size(), 0));
    out += record;
}

// Each record: octet for the type, octet for its length, front.
std::string records_of(std::string_view input)
{
    std::string out;
    const auto one = Key::trusted("1rABCD-000001-00");
    const auto two = Key::trusted("1rABCD-000002-00");
    for (std::uint64_t sequence = 1; input.size() >= 2; ++sequence) {
        const auto type = static_cast<RecordType>(1 + static_cast<unsigned char>(input[0]) % 10);
        const auto size = std::min<std::size_t>(static_cast<unsigned char>(input[1]), input.size() - 2);
        put_record(out, sequence, type, input[0] & 0x40 ? two : one, input.substr(2, size));
        input.remove_prefix(2 + size);
    }
    return out;
}

void scan(const std::string& octets)
{
    auto file = std::make_shared<SegmentFile>();
    file->fd.reset(::memfd_create("segment", MFD_CLOEXEC));
    const auto whole = std::string(block_size, '\0') + octets + std::string(2 * block_size, '\0');
    if (::write(file->fd.get(), whole.data(), whole.size()) != static_cast<ssize_t>(whole.size()))
        std::abort();
    file->size = whole.size();
    const Io io;
    SegmentScan segment{io, *file, segment_header, {}};
    Index index;
    std::uint64_t last = 0;
    while (const auto record = segment.next()) {
        if (record->header.sequence <= last || record->where.offset() + record->header.size() > file->size)
            std::abort();
        last = record->header.sequence;
        static_cast<void>(index.apply(*record));
    }
    std::uint64_t live = 0;
    for (const auto& [id, entry] : index.all()) {
        live += entry.record_size();
        static_cast<void>(index.facts(entry));
    }
    if (live != index.live_octets())
        std::abort();
}

}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size < 1 || size > 64 * 1024)
        return 0;
    const std::string_view input{reinterpret_cast<const char*>(data + 1), size - 1};
    if (data[0] & 1) {
        scan(records_of(input));
    } else {
        static_cast<void>(decode_segment_header(input));
        scan(std::string(input));
    }
    return 0;
}
