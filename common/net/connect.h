// A connection to another host, made on a fiber with a deadline. The caller's jail must allow inet connects
// (or Unix ones for a path).
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "common/event/deadline.h"
#include "common/net/address.h"

namespace gp::net {

struct ConnectOptions {
    std::optional<Address> source;  // bind to it; must be of the same family as the target
    std::uint16_t source_port = 0;  // 0: the kernel chooses
    bool no_delay = true;           // TCP_NODELAY: every write of ours is a whole thought
    bool keep_alive = false;
    int dscp = -1;                  // -1: as the system has it
};

struct Connected {
    OwnedFd socket; // non-blocking, close-on-exec
    SocketAddress local;
};

// Errors: the connection's own reason in strerror's words, with cause refused for ECONNREFUSED, timeout for the
// deadline and ETIMEDOUT; Error text holds just the reason ("Connection refused"), `error_number` its errno.
struct ConnectError {
    Error error;
    int error_number = 0;
};
class ConnectResult {
public:
    ConnectResult(Connected made) : made_(std::move(made)) {}
    ConnectResult(ConnectError why) : why_(std::move(why)) {}
    explicit operator bool() const { return made_.has_value(); }
    Connected& operator*() { return *made_; }
    Connected* operator->() { return &*made_; }
    const ConnectError& error() const { return why_; }

private:
    std::optional<Connected> made_;
    ConnectError why_;
};

ConnectResult connect(const SocketAddress& to, event::Deadline until, const ConnectOptions& options = {});

}
