// Whether a configuration makes a router: every expansion, list, route rule, ACL statement parsed, without
// asking anybody. For the config program, so that what router cannot use is refused before it is used.
#pragma once

#include <memory>

#include "common/config/problem.h"
#include "conf/params/configuration.h"
#include "router/parameters.h"

namespace gp::router {

config::Problems check(std::shared_ptr<const conf::Configuration> configuration, const Parameters& parameters);

}
