// smtp_backlog_monitor (manual 14.23): the main log hears of a kernel's queue of waiting connections that is too long.
#pragma once

#include <cstdint>

#include "common/base/clock.h"

namespace gp::smtpd {

class BacklogMonitor {
public:
    // `most`: connections; 0 is never.
    BacklogMonitor(std::uint32_t most, const Clock& clock) : most_(most), clock_(clock) {}
    // A connection was taken from this listening socket a moment ago. One of a Unix socket says nothing.
    void look_at(int listening_socket);

private:
    const std::uint32_t most_;
    const Clock& clock_;
    std::int64_t last_told_ = 0; // seconds
};

}
