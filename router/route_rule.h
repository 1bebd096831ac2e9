// A rule of route_list, and the words of route_data (manual 20.5 to 20.8).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/expand/expand.h"
#include "common/expand/lists.h"
#include "router/ground.h"

namespace gp::router {

// What stands behind the host list: "byname", "randomize", a transport …
struct RouteOptions {
    enum class Lookup { any, by_name, by_dns } lookup = Lookup::any;
    std::optional<bool> randomize;
    bool v4_only = false, v4_first = false, v6_first = false;
    std::string transport;
};

struct RouteRule {
    expand::ListText domains;
    std::string hosts; // unexpanded
    RouteOptions options;
};

// "pattern hosts options; …" with quotes around what has blanks.
Result<std::vector<RouteRule>> parse_route_list(const Ground& ground, std::string_view text);
// "hosts options", after expansion.
struct RouteData {
    std::string hosts;
    RouteOptions options;
};
Result<RouteData> parse_route_data(const Ground& ground, std::string_view text);

// One host of a host list: "name", "name::25", "[v6]:25", "name/mx", "+" between groups.
struct RouteHost {
    std::string name;
    std::uint16_t port = 0;
    bool by_mx = false;
    bool new_group = false; // "+": randomising does not cross it
};
Result<std::vector<RouteHost>> parse_route_hosts(std::string_view text);

}
