// The MIME part in hand, decoded: what the conditions decode and mime_regex have in common.
#pragma once

#include "common/acl/context.h"

namespace gp::acl {

// Decodes it into a file of this name; empty: one with the message's id and a number. $mime_decoded_filename and the
// like then tell of it. The first `start` octets of the content.
Result<std::string> decode_part(Context& context, Text file, std::size_t start);

// The first octets of the content; the part is decoded when it has not been.
Result<std::string> decoded_start(Context& context, std::size_t most);

}
