// Values that are known when the configuration is read and that will be refused when they are used: numbers, times,
// expressions, words of ACLs. Exim finds them when mail comes; gatepost check tells before. And what no value can reach:
// routers behind one that takes everything, retry rules behind "* *".
#pragma once

#include "conf/params/configuration.h"
#include "conf/parsed_acls.h"

namespace gp::conf {

void warn_of_values(const Configuration& configuration, const ParsedAcls& acls, config::Problems& problems);
void warn_of_unreached_rules(const Configuration& configuration, config::Problems& problems);

}
