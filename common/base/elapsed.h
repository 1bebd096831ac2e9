// How long something took, as log lines have it: QT=, DT=, RT=, D=.
#pragma once

#include <cstdint>
#include <string>

namespace gp {

// "3m45s"; with milliseconds, times under five seconds as "1.578s".
std::string format_elapsed(std::int64_t microseconds, bool milliseconds);

}
