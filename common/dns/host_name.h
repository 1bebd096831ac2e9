// The name of an address, checked both ways: the PTR names whose own addresses include it. Used for
// $sender_host_name, host lists with names, verify = reverse_host_lookup.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/dns/resolver.h"

namespace gp::dns {

struct HostNames {
    enum class Kind : std::uint8_t {
        verified,
        no_name,   // no PTR record
        mismatch,  // there are names, and none of them leads back
    };
    Kind kind = Kind::no_name;
    std::vector<std::string> names;   // that lead back, in the order of the PTR records; the first is the host's name
    std::vector<std::string> claimed; // all PTR names
    bool secure = false;              // PTR and the way back of the first name
};

// At most `max_names` PTR records are followed. A temporary error when a look-up failed and no name was verified.
Result<HostNames> host_names(Resolver& resolver, const net::Address& address, event::Deadline until,
                             std::size_t max_names = 10);

// Does `name` lead to `address`? For verify = helo.
Result<bool> leads_to(Resolver& resolver, std::string_view name, const net::Address& address, event::Deadline until);

}
