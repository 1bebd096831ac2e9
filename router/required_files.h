// require_files: files that must be there, or must not, also as seen by a user (manual 15, require_files).
#pragma once

#include <vector>

#include "router/ground.h"

namespace gp::router {

// False when the router is to be skipped; an error defers.
// With `eyes` a user's view is that user's own; without, a guess by owner, group and mode.
Result<bool> required_files_are_there(const std::vector<expand::Expression>& items, expand::Scene& scene, UserEyes* eyes);

}
