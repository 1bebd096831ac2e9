// A service's lines on their way to the log service: gathered over a turn of the loop, sent as one notice.
//
// While no log service is there, or it does not keep up, lines wait here up to a bound; beyond it they are
// counted, and the count is told when they flow again.
#pragma once

#include <cstdint>
#include <vector>

#include "common/event/loop.h"
#include "common/ipc/link.h"
#include "common/log/log.h"
#include "common/log/logd/protocol.h"

namespace gp::service {

class LogFunnel {
public:
    static constexpr std::size_t most_waiting = 1024 * 1024; // octets, here and again in the channel

    explicit LogFunnel(ipc::Link& link);
    ~LogFunnel();

    void add(const log::Entry& entry);
    // On a fiber: behind what was said so far, and returns when it is in the file. Who is lost over it is asked again when
    // it is back, and then the line may be there twice.
    Status write(const log::Entry& entry, event::Deadline until);
    bool empty() const { return lines_.empty(); }
    void flush();

private:
    void schedule();
    void tell_lost();
    void send(ipc::Channel& channel);

    ipc::Link& link_;
    std::vector<logd::Line> lines_;
    std::size_t octets_ = 0;
    std::uint64_t lost_ = 0;
    bool scheduled_ = false;
    event::Timer again_;
};

}
