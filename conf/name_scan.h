// Names that a configuration uses and does not define, as far as they stand literally: +lists, ACLs, networks of host
// lists. Exim finds them when mail comes, and defers it; gatepost check tells before.
#pragma once

#include "conf/params/configuration.h"

namespace gp::conf {

void warn_of_unknown_names(const Configuration& configuration, config::Problems& problems);

}
