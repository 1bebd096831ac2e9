// The addresses that an address was made of, for who logs and reports what becomes of it.
#pragma once

#include "router/candidate.h"

namespace gp::router {

// Fills in `parent`, `ancestors` and `depth` of a Delivery or an Unrouted.
template <class What>
void tell_ancestors(const Candidate& candidate, What& what)
{
    what.parent = candidate.parent ? candidate.parent->address : std::string{};
    what.ancestors = candidate.ancestors();
    if (!what.ancestors.empty())
        what.ancestors.pop_back(); // the recipient itself
    what.depth = static_cast<std::uint32_t>(candidate.depth());
}

}
