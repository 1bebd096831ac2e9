// One message's recipients that share a transport and a destination. A job is handed out in parts of at
// most max_rcpt recipients, in order; it ends when the last part has come back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "qmgr/meter.h"

namespace gp::qmgr {

class Destination;
struct Transport;

enum class Agent : std::uint8_t { remote, local };
inline constexpr std::size_t agents = 2;

using JobId = std::uint64_t;

struct Job {
    JobId id = 0;
    std::uint64_t message = 0; // its number; means nothing here
    std::uint32_t group = 0;   // which of the message's groups of recipients
    std::uint64_t owner = 0;   // the sender, who shares the destination with others (turns.h)
    bool is_first = false;     // a new message, which does not wait for a backlog of old ones
    Destination* destination = nullptr;
    Transport* transport = nullptr;
    std::size_t given = 0; // recipients handed out so far
    std::size_t total = 0;
    std::size_t part = 1;      // recipients in one delivery
    std::size_t parallel = 0;  // deliveries of this job at once; 0: the destination's window decides
    std::size_t in_flight = 0; // deliveries
    std::vector<std::shared_ptr<Meter>> meters; // of its hosts and its sender

    bool has_more() const { return given < total; }
    const Meter* full_meter(std::int64_t now) const // null: each has room
    {
        const auto full = std::ranges::find_if(meters, [now](const auto& meter) { return !meter->has_room(now); });
        return full == meters.end() ? nullptr : full->get();
    }
    // Only its meters may be in the way.
    bool is_free() const { return has_more() && (parallel == 0 || in_flight < parallel); }
    bool may_start(std::int64_t now) const { return is_free() && !full_meter(now); }
    bool is_over() const { return !has_more() && in_flight == 0; }
};

}
