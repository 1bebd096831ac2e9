// The caller's environment as far as keep_environment lets it in, and what add_environment adds (manual 14): what
// expansions and programs that are run here see.
#pragma once

#include <string>
#include <vector>

#include "conf/params/configuration.h"

namespace gp::sendmail {

std::vector<std::string> kept_environment(const conf::Process& process); // "NAME=value"

}
