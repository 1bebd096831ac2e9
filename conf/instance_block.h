// The "instance" block, the same shape for every process (common/service/instance.h): where things are, who
// we are, what the jail of this pool is.
#pragma once

#include <string>

#include "conf/compile.h"

namespace gp::conf {

std::string instance_block(const Context& context, const ServiceRow& row);

}
