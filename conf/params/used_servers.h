// Which look-up types with a server behind them a configuration uses: their modules are loaded before a jail
// stands, and the walls let the servers be reached.
#pragma once

#include <string_view>
#include <vector>

#include "conf/params/configuration.h"

namespace gp::conf {

// Of "mysql", "pgsql", "redis": those that are named in front of a query, as "mysql{", "mysql,servers=", "mysql;".
std::vector<std::string_view> used_servers(const Configuration& configuration);

}
