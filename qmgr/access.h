// Who is at the other end of the control socket, by what the kernel says, and what that lets him do.
#pragma once

#include <cstdint>
#include <vector>

#include "common/mail/envelope.h"
#include "qmgr/parameters.h"

namespace gp::qmgr {

struct Caller {
    std::uint32_t uid = 0xffffffff;
    bool is_admin = false;

    // SO_PEERCRED and SO_PEERGROUPS of a Unix socket. An admin is root, the instance's own user, or a member
    // of one of admin_groups. A socket that does not say is nobody's.
    static Caller of(int socket, const Parameters& parameters);
    static bool is_admin_by(std::uint32_t uid, const std::vector<std::uint32_t>& groups,
                            const Parameters& parameters);

    bool owns(const mail::Envelope& envelope) const; // put it into the queue, by a local program
    bool may_list_all(const Parameters& parameters) const;
    bool may_prod(const Parameters& parameters) const; // -M, -q, -R, -S
};

}
