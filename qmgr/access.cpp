#include "qmgr/access.h"

#include <sys/socket.h>

#include <algorithm>

namespace gp::qmgr {
namespace {

constexpr std::size_t most_groups = 65536; // the kernel's own limit

std::vector<std::uint32_t> peer_groups(int socket)
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

bool Caller::is_admin_by(std::uint32_t uid, const std::vector<std::uint32_t>& groups,
                         const Parameters& parameters)
{
    if (uid == 0 || uid == parameters.spool_uid)
        return true;
    return std::ranges::any_of(
        groups, [&](std::uint32_t group) { return std::ranges::count(parameters.admin_groups, group) > 0; });
}

Caller Caller::of(int socket, const Parameters& parameters)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer)
        return {};
    auto groups = peer_groups(socket);
    groups.push_back(peer.gid);
    return {.uid = peer.uid, .is_admin = is_admin_by(peer.uid, groups, parameters)};
}

bool Caller::owns(const mail::Envelope& envelope) const
{
    return envelope.origin.local && envelope.origin.uid == uid;
}

bool Caller::may_list_all(const Parameters& parameters) const
{
    return is_admin || !parameters.queue_list_requires_admin;
}

bool Caller::may_prod(const Parameters& parameters) const
{
    return is_admin || !parameters.prod_requires_admin;
}

}
