// The addresses that an address was made of, for who logs and reports what becomes of it.
#pragma once

#include "router/candidate.h"

namespace gp::router {

// Fills in `parent` and `ancestors` of a Delivery or an Unrouted.
template <class What>
void tell_ancestors(const Candidate& candidate, What& what)
{
    what.parent = candidate.parent ? candidate.parent->address : std::string{};
    what.ancestors.clear();
    const auto* at = candidate.parent ? candidate.parent->parent.get() : nullptr;
    for (; at && at->parent; at = at->parent.get())
        what.ancestors.push_back(at->address);
}

}
