// All errors of the language in a configuration: every text that is expanded, every access control list. Also
// for a file that has other errors, so that one check tells everything.
#pragma once

#include "common/config/problem.h"
#include "conf/params/configuration.h"

namespace gp::conf {

config::Problems parse_all(const Configuration& configuration);
// The access control lists alone.
config::Problems parse_acls(const Configuration& configuration);

}
