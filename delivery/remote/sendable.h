// The last look at an address before the wire. Router has parsed it; what would end the command line, or the path,
// early does not go out, whoever asks.
#pragma once

#include <string_view>

namespace gp::remote {

bool can_be_sent(std::string_view address); // an empty one can: it is the null sender

}
