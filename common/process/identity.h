// Who a process is: users and groups by name, and becoming one of them for good.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::process {

struct User {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    std::string gecos;
    std::string home;
    std::string shell;
};

// Cause::not_found when there is none; temporary when the name service could not say.
Result<User> find_user(std::string_view name);
Result<User> find_user(uid_t uid);
Result<gid_t> find_group(std::string_view name);
Result<std::string> find_group_name(gid_t gid);
// All groups of a user, the given one included.
Result<std::vector<gid_t>> groups_of(const std::string& user, gid_t primary);

struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups; // supplementary
};

Identity current_identity(); // the effective ids

// setgroups, setresgid, setresuid, in this order, and reads back what the kernel made of it: an id that is
// not as asked is an error. Uid 0 is refused before anything is done.
Status become(const Identity& who);

// After the capabilities are gone: tries to become root again. That this works is the error.
Status expect_no_way_back();

}
