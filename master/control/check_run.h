// Runs the config program as master would, with the caller's rights.
#pragma once

#include "common/base/result.h"
#include "common/service/image_reader.h"
#include "master/control/verb.h"

namespace gp::control {

// Prints what is wrong to standard error; the exit status: 0, or 78 (EX_CONFIG).
int check_config(const Invocation& call);
// The same, with `replacement` read in the place of the file `replaced`.
struct Replaced {
    std::string path, replacement;
};
int check_config(const Invocation& call, const Replaced& replaced);

// The image that master would get.
Result<service::Image> image_for(const Invocation& call);

}
