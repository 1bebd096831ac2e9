// The state of one routing: the address and what comes of it, and each router's view of one of them.
#pragma once

#include <deque>
#include <set>

#include "router/chain.h"

namespace gp::router {

// The name by which a delivery of the address is done once.
std::string unique_of(const Candidate& candidate);
std::string done_as(const Candidate& candidate);
// The errno in whose words a trouble begins ("No such file or directory: …"), as the log shows it; 0: none.
std::int32_t number_of_trouble(std::string_view text);
// The address as one that is not delivered now: `router` may be empty, `text` is what the log says.
Unrouted unrouted(Unrouted::Why why, const Candidate& candidate, std::string router, std::string text);

// One top-level address and all that comes of it.
struct Chain::Walk {
    void add(const Candidate& candidate, Delivery delivery)
    {
        if (occasion.purpose.only_asks())
            routed.ancestors_of_deliveries.push_back(candidate.ancestors());
        routed.deliveries.push_back(std::move(delivery));
    }
    void add(const Candidate& candidate, Unrouted unrouted)
    {
        if (occasion.purpose.only_asks())
            routed.ancestors_of_unrouted.push_back(candidate.ancestors());
        routed.unrouted.push_back(std::move(unrouted));
    }

    const Occasion& occasion;
    Routed& routed;
    std::deque<std::shared_ptr<const Candidate>> waiting; // children that are still to be routed
    std::set<std::string> seen;                           // final addresses: no address twice (manual 3.10)
    std::size_t made = 0;
};

// One router's view of an address. Scene and address are bound to each other: a Stage stays where it is.
struct Chain::Stage {
    Stage(const expand::Scene& base, const Candidate& candidate, const std::string& router) : scene(base)
    {
        address.router_name = router;
        scene.facts.set("address_data", candidate.address_data);
        for (const auto& variable : candidate.variables)
            set(variable);
    }
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    void set(const mail::Variable& variable)
    {
        scene.facts.set(variable.name, variable.tainted ? Text::from(variable.value, "$r_") : Text::clean(variable.value));
    }

    expand::Scene scene;
    expand::Address address;
    Prepared prepared;
};

}
