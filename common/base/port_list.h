// A list of port numbers in the form that services have it in: "25:!587:*".
#pragma once

#include <cstdint>
#include <string_view>

namespace gp {

// Items are separated by colons and have no spaces: a number or "*", which is any port, with "!" in front of what does not
// belong to the list. The first item that fits decides; behind the last one the contrary of it holds, and nothing is in an
// empty list.
bool is_in_port_list(std::string_view list, std::uint32_t port);

}
