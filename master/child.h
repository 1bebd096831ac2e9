// One running process of a service: its process number, the socket on which we speak with it, and what it
// has told. Frames wait here while it is too busy to read them, so that master never waits for a child.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "common/process/spawn.h"
#include "common/service/control_frame.h"
#include "common/service/status_board.h"

namespace gp::master {

using Time = std::chrono::steady_clock::time_point;
using SharedFd = std::shared_ptr<OwnedFd>;

service::ControlFrame control_frame(service::Control type, std::string_view name = {},
                                    std::uint32_t value = 0, std::uint16_t flags = 0);

struct Child {
    std::string pool;
    std::string program;
    std::uint32_t number = 0;     // within its program, unique among those that live
    std::uint32_t generation = 0; // of the configuration
    bool stays = false;           // over reloads
    std::uint32_t flags = 0;      // service::ServiceFlags
    bool must_leave = false;      // a newer configuration serves; it ends when those before it have
    process::Child process;
    OwnedFd socket;
    service::ProcessState state = service::ProcessState::starting;
    Time started;
    Time last_heard;
    Time kill_at = Time::max(); // it was told to end; then it is made to
    std::uint32_t sessions = 0;
    std::uint32_t walls = 0;
    std::uint32_t landlock = 0;

    std::string name() const { return pool + "/" + std::to_string(number); }
    bool is_leaving() const
    {
        return state == service::ProcessState::retiring || state == service::ProcessState::stopping;
    }

    // Sends, or keeps it until the child reads. The descriptor is held until it is sent.
    void tell(const service::ControlFrame& frame, SharedFd fd = nullptr);
    void flush();
    bool has_waiting() const { return !waiting_.empty(); }
    static constexpr std::size_t most_waiting = 4096; // frames; a child that reads none is killed

    // The next frame from it; nothing when there is none now. An error when it closed the socket, or sent
    // what is no frame.
    Result<std::optional<service::ControlFrame>> hear();

private:
    struct Waiting {
        service::ControlFrame frame;
        SharedFd fd;
    };
    bool send(const Waiting& one);
    std::deque<Waiting> waiting_;
};

}
