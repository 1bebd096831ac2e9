#include "common/spool/catalog.h"

#include "common/spool/fields.h"

namespace gp::spool {

std::optional<Place> Catalog::place(Location where, std::uint32_t front, std::uint32_t tail) const
{
    const auto segment = segments.find(where.generation);
    if (segment == segments.end())
        return std::nullopt;
    return Place{segment->second->file, where, front, tail};
}

Result<Source> Catalog::locate(const Key& id) const
{
    const auto* entry = index.find(id);
    if (!entry)
        return permanent("no message " + id.str(), Cause::not_found);
    auto record = place(entry->where, entry->front, entry->tail);
    if (!record)
        return temporary("no segment for " + id.str());
    Source source{.id = id, .record = std::move(*record), .edit = {}, .deferral = {}};
    if (entry->extra && entry->extra->edit)
        source.edit = place(entry->extra->edit, entry->extra->edit_front, 0);
    if (entry->deferral)
        source.deferral = place(entry->deferral, 0, 0);
    return source;
}

Result<mail::Envelope> Catalog::envelope(const Entry& entry, const Stored& stored) const
{
    auto envelope = TRY(decode_envelope(stored.envelope));
    index.put_state(entry, envelope);
    return envelope;
}

}
