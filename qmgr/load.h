// The machine's load average, for queue_only_load and deliver_queue_load_max; by a system call that needs no
// file.
#pragma once

#include <cstdint>

namespace gp::qmgr {

std::int64_t load_average();           // of the last minute, in thousandths; negative when it is not known
bool load_exceeds(std::int64_t limit); // false when the limit is negative: unset

}
