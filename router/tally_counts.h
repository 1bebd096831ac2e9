// The counts of ACLs, as tally keeps them.
#pragma once

#include "common/acl/context.h"
#include "common/ipc/link.h"
#include "router/tally/protocol.h"

namespace gp::router {

// A key that tally would cut is known by its digest.
std::string fitting_key(const std::string& key);

class TallyCounts final : public acl::Counts {
public:
    explicit TallyCounts(ipc::Link& tally) : tally_(tally) {}
    Result<acl::RateAnswer> rate(const acl::RateQuestion& question) override;
    Result<bool> seen(const acl::SeenQuestion& question) override;

private:
    ipc::Link& tally_;
};

}
