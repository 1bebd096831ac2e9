// Whom router asks outside of the suite because a router of the configuration says so: the hosts of iplookup routers.
#pragma once

#include <string>
#include <vector>

#include "conf/params/configuration.h"

namespace gp::conf {

// "udp 192.0.2.1 port 4000", each once, in the order of the configuration: for people who audit the walls.
std::vector<std::string> peers_named_in(const Configuration& configuration);

// The TCP ports among them, for the fence; no fence of this kernel knows UDP.
std::vector<std::uint32_t> peer_ports(const Configuration& configuration);

}
