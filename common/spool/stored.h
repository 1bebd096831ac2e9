// A message as it is read back: where its pieces stand, and the pieces.
//
// The owner says where (on its thread, from the index); reading may then happen on any thread, for what
// was said keeps the files open. Everything is proved by its checksums before it is handed out.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/spool/index.h"
#include "common/spool/io.h"
#include "common/spool/segment.h"

namespace gp::spool {

struct Place {
    std::shared_ptr<const SegmentFile> file;
    Location where;
    std::uint32_t front = 0;
    std::uint32_t tail = 0;
};

// Of one message, at one moment. When the record has moved or gone by the time it is read, reading fails
// and the owner looks again.
struct Source {
    Key id;
    Place record;
    std::optional<Place> edit;     // has the envelope that counts
    std::optional<Place> deferral; // has the reason; its front's size is found in its header
};

enum Wanted : unsigned {
    want_envelope = 1,
    want_headers = 2,
    want_body = 4,
    want_reason = 8,
};

struct Stored {
    Facts facts; // as recorded with the message; what became of it since is in the index
    std::string envelope; // spool's form, likewise
    std::string headers;
    std::string body; // empty for a large one
    bool large = false;
    bool no_leading_dots = false;
    std::string reason; // of the last deferral
};

Result<Stored> read_stored(const Io& io, const Source& source, unsigned wanted);
// The same, if all of it is in memory already: never waits for the disk.
std::optional<Stored> read_stored_now(const Io& io, const Source& source, unsigned wanted);

}
