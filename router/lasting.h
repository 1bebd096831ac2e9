// Which answers last: a router or transport whose options are plain texts, and whose lists name nothing that
// can change, answers the same question alike for as long as the configuration stays. qmgr may keep such an
// answer (RouteReply::lifetime) and need not ask for the next message.
//
// It errs on the side of asking: whatever has a "$", a look-up, a file, a name that DNS must find, a random
// order or a system user in it does not last.
#pragma once

#include <string_view>

#include "common/match/match.h"
#include "router/ground.h"

namespace gp::router {

// Seconds for which an answer that lasts may be kept; what is kept goes anyway when the configuration changes.
inline constexpr std::uint32_t lasting_lifetime = 300;

class Lasting {
public:
    explicit Lasting(const Ground& ground) : ground_(ground) {}
    // domains and local_parts alone: enough when they keep an address from the router.
    bool are_lists(const conf::Driver& router) const;
    bool is_router(const conf::Driver& router) const;
    bool is_transport(const conf::Driver& transport) const;
    // A list of domains of the main section.
    bool is_domain_list(std::string_view text) const { return is_list(match::Kind::domain, text); }

private:
    bool is_list(match::Kind kind, std::string_view text, unsigned depth = 0) const;
    bool is_route_list(std::string_view text) const;
    const Ground& ground_;
};

}
