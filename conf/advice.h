// Warnings about a configuration that can be used and will surprise: strangers' words where they are refused at
// run time, statements that are never reached, conditions at points where they cannot be tested, lists and
// macros that nobody uses, shapes of an open relay. For gatepost check.
#pragma once

#include "common/config/problem.h"
#include "conf/params/configuration.h"

namespace gp::conf {

config::Problems advise(const Configuration& configuration);

}
