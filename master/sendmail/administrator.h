// Who may see what a configuration hides (manual 5.2): root, the suite's user and group, members of admin_groups.
#pragma once

#include "conf/params/configuration.h"

namespace gp::sendmail {

bool is_administrator(const conf::Configuration& configuration);

}
