// Master's own lines on their way to the log service: encoded, sent, never answered. While no log service
// is there they wait, up to a bound; what master says at a start that fails goes to standard error as well.
#pragma once

#include <deque>
#include <string>

#include "common/base/owned_fd.h"
#include "common/log/log.h"

namespace gp::service {

class LineSender {
public:
    static constexpr std::size_t most_waiting = 200; // lines
    explicit LineSender(bool also_to_stderr) : to_stderr_(also_to_stderr) {}

    void take(const log::Entry& entry);
    void connect(OwnedFd socket); // to a log process; replaces the last one
    void stop_stderr() { to_stderr_ = false; }

private:
    void flush();
    bool to_stderr_;
    OwnedFd socket_;
    std::deque<std::string> waiting_; // complete frames
    std::size_t sent_ = 0;            // octets of the first one
};

}
