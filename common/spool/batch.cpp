#include "common/spool/batch.h"

#include "common/base/crc32c.h"
#include "common/spool/detail/octets.h"
#include "common/spool/segment.h"

namespace gp::spool {
namespace {

constexpr char zeros[block_size] = {};

}

void Batch::add(const NewMessage& message)
{
    const auto at = begin(message.large ? RecordType::large : RecordType::message, message.id);
    std::string facts;
    write_fields(facts, message.facts);
    put_section(facts);
    put_section(message.envelope);
    put_section(message.headers);
    end(at, message.body, message.flags);
    brings_mail_ = brings_mail_ || !(message.flags & is_copy);
}

void Batch::add_finished(const Key& id)
{
    end(begin(RecordType::finished, id), {}, 0);
}

void Batch::add_edit(const Key& id, const Facts& facts, std::string_view envelope)
{
    const auto at = begin(RecordType::edit, id);
    std::string encoded;
    write_fields(encoded, facts);
    put_section(encoded);
    put_section(envelope);
    put_section({});
    end(at, {}, 0);
}

std::size_t Batch::begin(RecordType type, const Key& id)
{
    const auto at = buffer_.size();
    buffer_.append(record_header_size, '\0');
    records_.push_back({.header = {.type = type, .id = id}, .at = at});
    wants_barrier_ = wants_barrier_ || (type != RecordType::finishing && type != RecordType::settled);
    return at;
}

void Batch::put_section(std::string_view section)
{
    append_u32(buffer_, static_cast<std::uint32_t>(section.size()));
    buffer_.append(section);
}

void Batch::end(std::size_t at, std::string_view tail, std::uint8_t flags)
{
    auto& item = records_.back();
    item.header.flags = flags;
    item.header.front_size = static_cast<std::uint32_t>(buffer_.size() - at - record_header_size);
    item.header.tail_size = static_cast<std::uint32_t>(tail.size());
    if (tail.size() > copy_limit)
        item.tail = tail;
    else
        buffer_.append(tail);
    // What the padding of a referred tail lacks is made up for in pieces().
    if (item.tail.empty())
        buffer_.append(item.header.size() - (buffer_.size() - at), '\0');
    octets_ += item.header.size();
}

std::uint64_t Batch::blocks_size() const
{
    return round_up(octets_, block_size);
}

void Batch::place(const Segment& segment, std::uint64_t first_sequence, std::uint64_t durable)
{
    std::uint64_t offset = segment.end;
    std::uint64_t sequence = first_sequence;
    for (auto& item : records_) {
        auto& header = item.header;
        const char* front = buffer_.data() + item.at + record_header_size;
        if (!item.checksummed) {
            const char* tail = item.tail.empty() ? front + header.front_size : item.tail.data();
            header.front_crc = crc32c(0, front, header.front_size);
            header.tail_crc = crc32c(0, tail, header.tail_size);
            item.checksummed = true;
        }
        header.generation = segment.header.generation;
        header.salt = segment.header.salt;
        header.sequence = sequence;
        header.behind = static_cast<std::uint32_t>(sequence - durable);
        encode_record_header(buffer_.data() + item.at, header);
        item.where = {header.generation, static_cast<std::uint32_t>(offset / record_alignment)};
        offset += header.size();
        ++sequence;
    }
}

std::vector<iovec> Batch::pieces() const
{
    std::vector<iovec> out;
    const auto piece = [&](const char* data, std::size_t size) {
        if (size == 0)
            return;
        if (!out.empty() && static_cast<char*>(out.back().iov_base) + out.back().iov_len == data)
            out.back().iov_len += size;
        else
            out.push_back({const_cast<char*>(data), size});
    };
    for (const auto& item : records_) {
        const char* start = buffer_.data() + item.at;
        const auto here = record_header_size + item.header.front_size;
        if (item.tail.empty()) {
            piece(start, item.header.size());
            continue;
        }
        piece(start, here);
        piece(item.tail.data(), item.tail.size());
        piece(zeros, item.header.size() - here - item.tail.size());
    }
    piece(zeros, blocks_size() - octets_);
    return out;
}

Record Batch::record(std::size_t i) const
{
    const auto& item = records_[i];
    const char* front = buffer_.data() + item.at + record_header_size;
    const std::string_view inner{front + item.header.front_size, item.header.tail_size};
    return {item.header, item.where, {front, item.header.front_size}, item.tail.empty() ? inner : item.tail};
}

}
