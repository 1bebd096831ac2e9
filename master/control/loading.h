// The configuration that a command's --config (-C) names, as the commands that only ask something of it need it.
#pragma once

#include "conf/params/configuration.h"
#include "master/control/instance.h"

namespace gp::control {

// What does not work is no error here: `gatepost check` tells of it.
Result<std::shared_ptr<const conf::Configuration>> load_configuration(const Invocation& call);

}
