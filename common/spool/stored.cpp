#include "common/spool/stored.h"

#include "common/base/crc32c.h"
#include "common/spool/fields.h"

namespace gp::spool {
namespace {

enum class Wait { may, must_not };

Error unreadable(const Key& id, const Place& place, std::string_view what)
{
    return temporary(id.str() + ": " + std::string(what) + " at " + std::to_string(place.where.offset()) + " of " +
                     place.file->name);
}

Status fetch(const Io& io, const Place& place, std::string& into, std::size_t size, Wait wait)
{
    into.resize(size);
    if (wait == Wait::must_not) {
        if (!io.read_cached(place.file->fd.get(), place.where.offset(), into))
            return temporary("not in memory");
        return {};
    }
    if (TRY(io.read(place.file->fd.get(), place.where.offset(), into)) < size)
        return temporary(place.file->name + ": ends too early");
    return {};
}

// Header, front and (when wanted) tail of the record, proved to be the one that is meant.
Result<Record> fetch_record(const Io& io, const Key& id, const Place& place, bool with_tail, std::string& octets,
                            Wait wait)
{
    const auto size = record_header_size + place.front + (with_tail ? std::size_t{place.tail} : 0);
    TRY(fetch(io, place, octets, size, wait));
    const auto header = decode_record_header(octets);
    if (!header || header->id != id || header->generation != place.where.generation ||
        header->front_size != place.front || header->tail_size != place.tail)
        return unreadable(id, place, "not the record that was expected");
    const auto front = std::string_view(octets).substr(record_header_size, place.front);
    if (crc32c(front) != header->front_crc)
        return unreadable(id, place, "damaged record");
    std::string_view tail;
    if (with_tail) {
        tail = std::string_view(octets).substr(record_header_size + place.front);
        if (crc32c(tail) != header->tail_crc)
            return unreadable(id, place, "damaged body");
    }
    return Record{*header, place.where, front, tail};
}

Result<std::string> fetch_reason(const Io& io, const Key& id, Place place, Wait wait)
{
    std::string octets;
    TRY(fetch(io, place, octets, record_header_size, wait));
    const auto header = decode_record_header(octets);
    if (!header || header->type != RecordType::deferred)
        return unreadable(id, place, "not the deferral that was expected");
    place.front = header->front_size;
    const auto record = TRY(fetch_record(io, id, place, false, octets, wait));
    return TRY(read_fields<DeferredFacts>(record.front)).reason;
}

Result<Stored> read(const Io& io, const Source& source, unsigned wanted, Wait wait)
{
    Stored out;
    std::string octets;
    const auto record = TRY(fetch_record(io, source.id, source.record, wanted & want_body, octets, wait));
    const auto front = split_message_front(record.front);
    if (!front)
        return unreadable(source.id, source.record, "not a message's record");
    out.facts = TRY(read_fields<Facts>(front->facts));
    out.large = record.header.type == RecordType::large;
    out.no_leading_dots = record.header.flags & no_leading_dots;
    if (wanted & want_envelope)
        out.envelope = front->envelope;
    if (wanted & want_headers)
        out.headers = front->headers;
    out.body = record.tail;
    if (wanted & want_reason)
        out.reason = source.deferral ? TRY(fetch_reason(io, source.id, *source.deferral, wait)) : out.facts.reason;
    if ((wanted & want_envelope) && source.edit) {
        const auto edit = TRY(fetch_record(io, source.id, *source.edit, false, octets, wait));
        const auto edited = split_message_front(edit.front);
        if (!edited)
            return unreadable(source.id, *source.edit, "not an edit's record");
        out.envelope = edited->envelope;
    }
    return out;
}

}

Result<Stored> read_stored(const Io& io, const Source& source, unsigned wanted)
{
    return read(io, source, wanted, Wait::may);
}

std::optional<Stored> read_stored_now(const Io& io, const Source& source, unsigned wanted)
{
    auto stored = read(io, source, wanted, Wait::must_not);
    if (!stored)
        return std::nullopt;
    return std::move(stored).take();
}

}
