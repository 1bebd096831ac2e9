// Whether the ACL for recipients lets a stranger send mail to other strangers, as far as it stands literally.
#pragma once

#include "conf/params/configuration.h"
#include "conf/parsed_acls.h"

namespace gp::conf {

void warn_of_open_relay(const Configuration& configuration, const ParsedAcls& acls, config::Problems& problems);

}
