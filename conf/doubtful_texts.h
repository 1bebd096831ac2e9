// Constants within texts that will be expanded which make whatever asks for them fail, and expansions in options that
// nobody expands. For gatepost check: they are found without a message.
#pragma once

#include "conf/params/configuration.h"
#include "conf/parsed_acls.h"

namespace gp::conf {

void warn_of_texts(const Configuration& configuration, const ParsedAcls& acls, config::Problems& problems);

}
