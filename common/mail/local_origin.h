// Where a message comes from that this suite itself has made: a bounce, a complaint, an answer.
#pragma once

#include "common/mail/address.h"
#include "common/mail/envelope.h"

namespace gp::mail {

// A user of this machine, as a sender.
inline std::string address_of_login(const std::string& login, const std::string& domain)
{
    return quote_local_part(login) + "@" + domain;
}

inline Origin local_origin(const std::string& login, std::uint32_t uid, std::uint32_t gid)
{
    Origin origin;
    origin.local = true;
    origin.trusted = true;
    origin.protocol = "local";
    origin.login = origin.ident = login;
    origin.uid = uid;
    origin.gid = gid;
    return origin;
}

}
