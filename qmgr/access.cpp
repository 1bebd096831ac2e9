#include "qmgr/access.h"

#include "common/process/peer.h"

#include <algorithm>

namespace gp::qmgr {
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
    auto peer = process::peer_of(socket);
    if (!peer)
        return {};
    peer->groups.push_back(peer->gid);
    return {.uid = peer->uid, .is_admin = is_admin_by(peer->uid, peer->groups, parameters)};
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
