// A configuration in use: its image, the blocks cut out of it, its listening sockets.
#pragma once

#include <string_view>
#include <vector>

#include "common/service/image_reader.h"
#include "master/child.h"
#include "master/listener.h"

namespace gp::master {

struct Setup {
    std::uint32_t generation = 0;
    service::Image image;
    std::vector<SharedFd> blocks; // sealed memory files, one for each row of the image
    std::vector<Listener> listeners;

    static Result<Setup> make(std::uint32_t generation, service::Image image,
                              std::vector<Listener> listeners);

    // All that a process of the pool is told before it serves: blocks, listeners, go.
    void introduce(Child& child, bool with_listeners) const;
};

}
