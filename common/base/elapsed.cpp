#include "common/base/elapsed.h"

#include <algorithm>

#include "common/base/duration.h"

namespace gp {

std::string format_elapsed(std::int64_t microseconds, bool milliseconds)
{
    constexpr std::int64_t million = 1'000'000;
    microseconds = std::max<std::int64_t>(microseconds, 0);
    const auto seconds = microseconds / million;
    if (!milliseconds || seconds >= 5)
        return format_duration(std::chrono::seconds(seconds));
    auto fraction = std::to_string(microseconds % million / 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    return std::to_string(seconds) + "." + fraction + "s";
}

}
