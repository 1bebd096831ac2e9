// Under which user each pool of processes runs: one for each service where the package's users exist, the
// configuration's exim_user where they do not, the caller where nobody can change users.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "conf/params/configuration.h"
#include "conf/service_table.h"

namespace gp::conf {

struct Owner {
    uid_t uid = static_cast<uid_t>(-1); // -1: the caller's own
    gid_t gid = static_cast<gid_t>(-1);
};

// As whom services run where neither the configuration nor the package names anybody: who owns the spool, else whom Debian's
// Exim runs as, else whoever owns mail. An error where there is none of them.
Result<Owner> stand_in(const Configuration& configuration);

class Owners {
public:
    // `serves_root`: master can change users.
    static Result<Owners> find(const Configuration& configuration, const ServiceTable& table,
                               bool serves_root);
    Owner of(const ServiceRow& row) const;
    // Supplementary groups: those that the administrator gave the service's user, so that router can read
    // what the configuration names.
    std::vector<std::uint32_t> groups_of(const ServiceRow& row) const;
    const Owner& spool() const { return spool_; }
    bool is_one_for_each() const { return one_for_each_; }
    const std::string& remark() const { return remark_; } // what the administrator should know; may be empty

private:
    Owner spool_;
    bool one_for_each_ = false;
    std::vector<std::pair<std::string, Owner>> users_;
    std::vector<std::pair<std::string, std::vector<std::uint32_t>>> groups_;
    std::string remark_;
};

}
