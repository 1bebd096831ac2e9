#include "common/spool/sweep.h"

namespace gp::spool {

Sweep::Sweep(const Io& io, std::shared_ptr<const Segment> segment)
    : io_(io), segment_(std::move(segment)), scan_(io, *segment_->file, segment_->header, {})
{
}

void Sweep::read(std::size_t octets)
{
    stragglers_.clear();
    for (std::size_t got = 0; got < octets;) {
        const auto record = scan_.next();
        if (!record) {
            at_end_ = true;
            return;
        }
        got += record->header.size();
        if (record->header.type == RecordType::message || record->header.type == RecordType::large)
            stragglers_.push_back({.header = record->header,
                                   .where = record->where,
                                   .front = std::string(record->front),
                                   .tail = std::string(record->tail)});
    }
}

void Sweep::read_more()
{
    for (auto& straggler : stragglers_) {
        const auto& source = straggler.source;
        if (!straggler.selected || (!source.edit && !source.deferral))
            continue;
        // One that cannot be read stays where it is, and Spool::unreadable() tells of it in the end.
        auto stored = read_stored(io_, source, want_envelope | want_reason);
        straggler.selected = static_cast<bool>(stored);
        if (!stored)
            continue;
        straggler.reason = std::move(stored->reason);
        if (source.edit)
            straggler.edited = std::move(stored->envelope);
    }
}

}
