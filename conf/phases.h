// What runs when: conditions at points of a conversation where they cannot be tested, and variables that have no value
// there yet. For gatepost check.
#pragma once

#include "conf/params/configuration.h"
#include "conf/parsed_acls.h"

namespace gp::conf {

void warn_of_phases(const Configuration& configuration, const ParsedAcls& acls, config::Problems& problems);

}
