// Which look-up types with a server behind them a configuration uses: their modules are loaded before a jail
// stands, and the walls let the servers be reached.
#pragma once

#include <string_view>
#include <vector>

#include "conf/params/configuration.h"

namespace gp::conf {

// Of "mysql", "pgsql", "redis", "ldap": those that are named in front of a query, as "mysql{", "mysql,servers=", "mysql;".
std::vector<std::string_view> used_servers(const Configuration& configuration);

// LDAP's own ports, and those that URLs in the texts name.
std::vector<std::uint32_t> ldap_ports(const Configuration& configuration);

// Whom ${readsocket asks, as far as it is written down: ports of inet:HOST:PORT, and whether there are Unix sockets.
std::vector<std::uint32_t> socket_ports(const Configuration& configuration, bool& unix_sockets);

}
