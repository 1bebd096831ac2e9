#include "common/spool/record.h"

#include <algorithm>

#include "common/base/crc32c.h"
#include "common/base/text.h"
#include "common/spool/detail/octets.h"

namespace gp::spool {
namespace {

// Offsets in the header.
enum Field : std::size_t {
    at_magic = 0,
    at_type = 4,
    at_flags = 5,
    at_id_size = 6,
    at_salt = 8,
    at_generation = 16,
    at_behind = 20,
    at_sequence = 24,
    at_front_size = 32,
    at_front_crc = 36,
    at_tail_size = 40,
    at_tail_crc = 44,
    at_id = 48,
    at_crc = 76,
};

bool fits_id(std::string_view id)
{
    return std::ranges::all_of(id, [](char c) { return is_alnum(c) || c == '-'; });
}

}

Result<Key> Key::parse(std::string_view id)
{
    if ((id.size() != 16 && id.size() != max_id_size) || !fits_id(id) || id[6] != '-')
        return permanent("\"" + escape(id.substr(0, 40)) + "\" is not a message id");
    return trusted(id);
}

Key Key::trusted(std::string_view id)
{
    Key key;
    std::copy_n(id.data(), std::min(id.size(), max_id_size), key.octets_.data());
    return key;
}

std::uint64_t record_size(std::uint64_t front, std::uint64_t tail)
{
    return round_up(record_header_size + front + tail, record_alignment);
}

std::uint64_t RecordHeader::size() const
{
    return record_size(front_size, tail_size);
}

void encode_record_header(char* at, const RecordHeader& header)
{
    std::memset(at, 0, record_header_size);
    const auto id = header.id.text();
    put_u32(at + at_magic, record_magic);
    at[at_type] = static_cast<char>(header.type);
    at[at_flags] = static_cast<char>(header.flags);
    at[at_id_size] = static_cast<char>(id.size());
    put_u64(at + at_salt, header.salt);
    put_u32(at + at_generation, header.generation);
    put_u32(at + at_behind, header.behind);
    put_u64(at + at_sequence, header.sequence);
    put_u32(at + at_front_size, header.front_size);
    put_u32(at + at_front_crc, header.front_crc);
    put_u32(at + at_tail_size, header.tail_size);
    put_u32(at + at_tail_crc, header.tail_crc);
    std::memcpy(at + at_id, id.data(), id.size());
    put_u32(at + at_crc, crc32c(0, at, at_crc));
}

std::optional<RecordHeader> decode_record_header(std::string_view octets)
{
    if (octets.size() < record_header_size)
        return std::nullopt;
    const char* at = octets.data();
    if (get_u32(at + at_magic) != record_magic || get_u32(at + at_crc) != crc32c(0, at, at_crc))
        return std::nullopt;
    const auto type = static_cast<std::uint8_t>(at[at_type]);
    const auto id_size = static_cast<std::uint8_t>(at[at_id_size]);
    if (type < static_cast<std::uint8_t>(RecordType::message) ||
        type > static_cast<std::uint8_t>(RecordType::checkpoint) || id_size > max_id_size)
        return std::nullopt;
    const std::string_view id{at + at_id, id_size};
    if (!fits_id(id))
        return std::nullopt;
    return RecordHeader{.type = static_cast<RecordType>(type),
                        .flags = static_cast<std::uint8_t>(at[at_flags]),
                        .id = Key::trusted(id),
                        .generation = get_u32(at + at_generation),
                        .salt = get_u64(at + at_salt),
                        .sequence = get_u64(at + at_sequence),
                        .behind = get_u32(at + at_behind),
                        .front_size = get_u32(at + at_front_size),
                        .front_crc = get_u32(at + at_front_crc),
                        .tail_size = get_u32(at + at_tail_size),
                        .tail_crc = get_u32(at + at_tail_crc)};
}

std::optional<MessageFront> split_message_front(std::string_view front)
{
    const auto facts = take_section(front);
    const auto envelope = facts ? take_section(front) : std::nullopt;
    const auto headers = envelope ? take_section(front) : std::nullopt;
    if (!headers || !front.empty())
        return std::nullopt;
    return MessageFront{*facts, *envelope, *headers};
}

}
