// Options that Exim expands whenever it uses them and whose values our services have from their start: what they say
// without a connection is found once, while the configuration is compiled.
#pragma once

#include <memory>

#include "common/config/problem.h"
#include "conf/params/configuration.h"

namespace gp::conf {

// The same configuration with those options as plain texts. An option whose text asks for something that is known of
// a connection only, or looks things up, stays as it is, and compile() refuses it. A text that cannot be expanded is a
// problem; one that is forced to fail leaves its option unset.
std::shared_ptr<const Configuration> settle_texts(std::shared_ptr<const Configuration> configuration,
                                                  config::Problems& problems);

}
