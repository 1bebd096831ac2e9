// The index together with the segments that it points into: enough to find and read any message. The
// owner (spool.h) changes it, a reader of a stopped suite (reader.h) only looks.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "common/spool/index.h"
#include "common/spool/stored.h"

namespace gp::spool {

struct Catalog {
    Index index;
    std::map<std::uint32_t, std::shared_ptr<Segment>> segments; // by generation

    // For reading it; an error with cause not_found when it is not alive.
    Result<Source> locate(const Key& id) const;
    // The envelope with what became of the message since it was recorded.
    Result<mail::Envelope> envelope(const Entry& entry, const Stored& stored) const;

private:
    std::optional<Place> place(Location where, std::uint32_t front, std::uint32_t tail) const;
};

}
