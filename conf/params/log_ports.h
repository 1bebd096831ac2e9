// The main option log_ports (Exim 4.99 and later).
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::conf {

// The list as services have it (common/base/port_list.h). An error names the item that is no port.
Result<std::string> logged_ports(std::string_view list);

}
