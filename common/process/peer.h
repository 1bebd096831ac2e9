// Who is at the other end of a Unix socket, by what the kernel says: SO_PEERCRED, and SO_PEERGROUPS where it
// has that. True of sockets that were connected to by name; a socket pair shows whoever made it.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/result.h"

namespace gp::process {

struct Peer {
    std::uint32_t uid = 0, gid = 0, pid = 0;
    std::vector<std::uint32_t> groups; // supplementary ones
};

Result<Peer> peer_of(int socket);

// For a descriptor that came by way of somebody who may be lying: an error unless it is a Unix socket whose other end was
// made by this user. Of a socket pair that a service makes behind its wall, that is the service.
Status expect_peer(int socket, std::uint32_t uid);

}
