// Master's side of a service that a test runs in a child process: it introduces, connects and stops it.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/owned_fd.h"
#include "common/service/boot.h"
#include "common/service/control_frame.h"

namespace gp::service {

class FakeMaster {
public:
    FakeMaster();
    ~FakeMaster(); // kills a child that lives

    // Forks; the child has descriptor 3 and ends with what `body` returns.
    void start(const std::function<int()>& body);

    void tell(Control type, std::string_view name = {}, std::uint32_t value = 0, std::uint16_t flags = 0,
              int fd = -1);
    void give_block(std::string_view name, std::string_view content);
    void introduce(const Instance& instance, std::string_view params = {}); // both blocks, and go
    // Makes an edge; our end.
    OwnedFd connect(EdgeRole role, std::string_view other, std::uint32_t number);
    void hang_up();

    // The next frame from the service; nothing within ten seconds is a failure.
    std::optional<ControlFrame> hear();
    // Its exit status, or 1000 + the signal.
    int wait();
    bool has_ended();
    pid_t pid() const { return child_; }

private:
    OwnedFd socket_;
    OwnedFd theirs_;
    pid_t child_ = -1;
};

// Blocking helpers over a connection to the service.
std::string ask(int socket, std::string_view text); // writes, then reads once

}
