// Where the launcher's children come from: a process that was forked before any message was here.
//
// What fork makes has its parent's memory, and the launcher's holds the mail of all whose deliveries are under way.
// So the launcher never forks for a delivery. The nursery does, which is as empty as it was at the start, and all that
// a child learns comes over the socket that it is given. Only the nursery waits for its children, so only it can
// end one and be sure that it is no other process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

#include "common/base/owned_fd.h"
#include "delivery/local/child.h"

namespace gp::local {

class Nursery {
public:
    // Forks. To be called while nothing of a message or a request is in memory.
    static Result<Nursery> open(const Upbringing& upbringing);

    // Another child, by its number; it takes its orders from the socket. `large`: the file of its first message,
    // or -1.
    Result<std::uint64_t> raise(int orders, int large);
    void kill(std::uint64_t child);
    // The children that have ended since they were last asked for, and by which signal, or 0.
    std::size_t mourn(const std::function<void(int signal)>& tell);

    pid_t pid() const { return pid_; }

private:
    Nursery(OwnedFd socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}
    OwnedFd socket_;
    pid_t pid_;
    std::uint64_t last_ = 0;
};

}
