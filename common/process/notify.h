// sd_notify(3): one datagram tells systemd that we are ready, reload, stop or live. Nothing where systemd
// did not start us.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/owned_fd.h"

namespace gp::process {

class Notify {
public:
    Notify(); // from NOTIFY_SOCKET and WATCHDOG_USEC, which it removes from the environment
    void ready() const { send("READY=1\n"); }
    void reloading() const;
    void stopping() const { send("STOPPING=1\n"); }
    void alive() const { send("WATCHDOG=1\n"); }
    // How often alive() is expected; none without a watchdog.
    std::optional<std::chrono::milliseconds> interval() const { return interval_; }

private:
    void send(std::string_view text) const;
    std::string address_;
    OwnedFd socket_;
    std::optional<std::chrono::milliseconds> interval_;
};

}
