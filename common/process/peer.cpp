#include "common/process/peer.h"

#include <sys/socket.h>

#include <cerrno>

namespace gp::process {
namespace {

constexpr std::size_t most_groups = 65536; // NGROUPS_MAX

std::vector<std::uint32_t> groups_of(int socket)
{
    std::vector<gid_t> groups(64);
    for (;;) {
        auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) {
            groups.resize(size / sizeof(gid_t));
            return {groups.begin(), groups.end()};
        }
        if (errno != ERANGE || groups.size() >= most_groups)
            return {};
        groups.resize(groups.size() * 4);
    }
}

}

Result<Peer> peer_of(int socket)
{
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 || size != sizeof credentials)
        return system_error("SO_PEERCRED");
    return Peer{.uid = credentials.uid,
                .gid = credentials.gid,
                .pid = static_cast<std::uint32_t>(credentials.pid),
                .groups = groups_of(socket)};
}

Status expect_peer(int socket, std::uint32_t uid)
{
    int family = AF_UNSPEC;
    socklen_t size = sizeof family;
    if (::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0)
        return system_error("SO_DOMAIN");
    if (family != AF_UNIX)
        return permanent("is no Unix socket");
    ucred credentials{};
    size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 || size != sizeof credentials)
        return system_error("SO_PEERCRED");
    if (credentials.uid != uid)
        return permanent("leads to uid " + std::to_string(credentials.uid) + " and not to uid " + std::to_string(uid));
    return {};
}

}
