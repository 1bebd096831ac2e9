#include "common/event/deadline.h"

namespace gp::event {

Duration Deadline::left() const
{
    if (is_never())
        return std::chrono::hours{24};
    const auto now = std::chrono::steady_clock::now();
    if (when_ <= now)
        return Duration::zero();
    return std::chrono::ceil<Duration>(when_ - now);
}

}
