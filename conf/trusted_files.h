// Files, or directories of files, of certificates and revocations that transports name as they are: what remote reads, and
// what is read anew when it changes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/params/configuration.h"

namespace gp::conf {

bool is_plain_path(std::string_view value); // absolute, and nothing in it is expanded
std::vector<std::string> trusted_by_transports(const Configuration& configuration);

}
