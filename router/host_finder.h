// From the names of a route to hosts with addresses: host lists of manualroute and queryprogram, `hosts` and
// `fallback_hosts` of transports, what translate_ip_address makes of an address (manual 20.5 to 20.7).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/dns/settings.h"
#include "common/expand/lists.h"
#include "router/routing_protocol.h"
#include "router/route_rule.h"

namespace gp::router {

// What became of one name of a host list.
enum class HostFound { yes, no, not_now, insecure, self };

struct HostSearch {
    RouteOptions options;
    dns::Search dns;                       // how names without a dot are completed
    bool dnssec_require = false;
    const expand::ListText* ignored = nullptr; // ignore_target_hosts
    bool stop_at_self = true;              // a host that we are is not added; HostFound::self
};

class HostFinder {
public:
    HostFinder(const Ground& ground, expand::Scene& scene) : ground_(ground), scene_(scene) {}

    // Appends what a name stands for, but for what is ignored. An error is that of a
    // list that cannot be matched.
    Result<HostFound> add(const RouteHost& wanted, const HostSearch& search, std::vector<Host>& hosts) const;
    // A whole list, leniently: a name that is not found stays without addresses, so that the agent defers.
    Result<std::vector<Host>> all(std::string_view list, const HostSearch& search, bool keep_groups) const;

private:
    Result<HostFound> add_by_mx(const RouteHost& wanted, const HostSearch& search, std::vector<Host>& hosts) const;
    Result<HostFound> look_up(const RouteHost& wanted, const HostSearch& search, Host& host) const;
    Result<HostFound> finish(Host host, const HostSearch& search, std::vector<Host>& hosts) const;

    const Ground& ground_;
    expand::Scene& scene_;
};

// Within each group that "+" parts, in random order (manual 20.1, hosts_randomize).
std::vector<RouteHost> shuffled(std::vector<RouteHost> hosts, const dns::RandomSource& random);

// Does hosts_treat_as_local have this name?
Result<bool> is_treated_as_local(const Ground& ground, expand::Scene& scene, std::string_view name);

}
