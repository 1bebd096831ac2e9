// Lines of JSON about messages (message_records): one when a message is finished, and one for each attempt that ends with
// something still waiting. An address is told in the line of the attempt that settled it, and in no other, so that sums
// over all lines are what the main log and the counters have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "qmgr/message.h"

namespace gp::qmgr {

// `kind`: "finished", "attempt". Times in microseconds.
std::string record_of(const Message& message, std::string_view kind, std::int64_t now);

}
