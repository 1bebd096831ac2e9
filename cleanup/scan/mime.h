// The parts of a MIME message in the order in which a filter sees them, RFC 2046: the message's own first, then
// those of the messages that are attached to it. Pure functions of the octets they are given.
//
// A delimiter of an outer multipart ends an inner one that was never closed, and a part whose header block has no
// end is a part: no attachment hides behind what is missing.
#pragma once

#include "cleanup/scan/protocol.h"
#include "common/base/result.h"

namespace gp::scan {

// `body`: behind the empty line of `headers`.
DissectReply dissect(std::string_view headers, std::string_view body, const MimeLimits& limits);

// The octets that a path leads to, still encoded as its last step says; `room` keeps what had to be decoded on the
// way. No more than `most` octets are decoded.
Result<std::string_view> content_at(std::string_view body, const std::vector<MimeStep>& path, std::size_t most, std::string& room);

}
