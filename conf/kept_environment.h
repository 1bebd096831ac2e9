// The environment of whoever starts us as far as keep_environment lets it in, and what add_environment adds (manual 14):
// what expansions and the programs that they run see.
#pragma once

#include <string>
#include <vector>

#include "conf/params/configuration.h"

namespace gp::conf {

std::vector<std::string> kept_environment(const Process& process); // "NAME=value"

}
