#include "router/queue_counter.h"

#include "common/log/log.h"
#include "router/etrn_protocol.h"

namespace gp::router {
namespace {

constexpr std::int64_t interval = 60; // seconds
constexpr std::chrono::seconds patience{10};

}

std::optional<std::uint64_t> QueueCounter::size()
{
    const auto now = clock_.seconds();
    if (asked_ && now >= *asked_ && now - *asked_ < interval)
        return size_;
    asked_ = now;
    const auto counted = qmgr_.call(CountQueue{}, event::Deadline::in(patience));
    if (!counted)
        log::warning("$queue_size: " + counted.error().text);
    size_ = counted ? std::optional(counted->messages) : std::nullopt;
    return size_;
}

}
