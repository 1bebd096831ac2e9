// The image's listeners as sockets: bound while master may, kept over reloads by their address, taken over
// from systemd where it passed one of the same address. Master never accepts on them.
#pragma once

#include <memory>
#include <vector>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "common/service/image_reader.h"

namespace gp::master {

struct Listener {
    service::ImageListener row;
    std::shared_ptr<OwnedFd> socket;
};

// One for each row, in order: of `old`, of `passed`, or bound here. On an error nothing of `old` is lost.
// `is_start`: a port that another program has is waited for as long as the image says (manual 14.23,
// daemon_startup_retries); the log tells of each wait.
Result<std::vector<Listener>> open_listeners(const service::Image& image, int run_directory,
                                             const std::vector<Listener>& old, std::vector<OwnedFd>& passed,
                                             bool is_start = false);

}
