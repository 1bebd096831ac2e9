// Our end of the socket to master: fixed-size frames, each with at most one descriptor.
#pragma once

#include <optional>
#include <string_view>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "common/service/control_frame.h"

namespace gp::service {

struct ControlMessage {
    ControlFrame frame;
    OwnedFd fd;
    std::string_view name() const; // of the frame, up to its zero
};

class ControlSocket {
public:
    // Descriptor control_fd, when master gave us one.
    static Result<ControlSocket> inherited();
    explicit ControlSocket(OwnedFd fd) : fd_(std::move(fd)) {}

    // Blocks, or (after make_nonblocking) gives nothing when there is none. Cause closed: master is gone.
    Result<std::optional<ControlMessage>> receive();
    void make_nonblocking();
    // Lost when master does not read: every frame of ours is repeated or the last one.
    void send(Control type, std::uint32_t value = 0, std::uint16_t flags = 0);
    // False: it could not be sent, and is told again with the next one.
    bool send_count(std::string_view name, std::uint32_t by);

    int fd() const { return fd_.get(); }
    void close() { fd_.reset(); }

private:
    bool send(const ControlFrame& frame);

    OwnedFd fd_;
};

}
