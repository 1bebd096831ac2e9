// The generic option `self`: what to do when the first host is this machine (manual 15, self).
#pragma once

#include <string>

#include "router/driver.h"

namespace gp::router {

class SelfRule {
public:
    static Result<SelfRule> read(const conf::Driver& instance);
    // What becomes of an address whose first host is us. send keeps the hosts.
    Decision apply(const Candidate& candidate, std::vector<Host> hosts) const;
    bool sends() const { return what_ == What::send; }

private:
    enum class What { freeze, defer, fail, pass, send, reroute } what_ = What::freeze;
    std::string domain_;        // reroute
    bool rewrite_ = false;      // reroute: rewrite
};

// An address of ours, on a port that the suite listens on.
bool is_this_machine(const Ground& ground, const Host& host);

// Takes out the addresses that ignore_target_hosts names; hosts without any left go too. True when
// something was taken out and nothing is left.
Result<bool> ignore_targets(const expand::ListText& ignored, expand::Scene& scene, std::vector<Host>& hosts);

}
