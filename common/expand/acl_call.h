// Calling an ACL from a text: ${acl{name}{argument}…} and the acl condition.
#pragma once

#include <vector>

#include "common/expand/scene.h"

namespace gp::expand {

// `texts` are the name and up to nine arguments. The outcome is accept or deny; a defer is a forced failure,
// everything else an error.
Result<AclOutcome> call_acl(Scene& scene, std::span<const Text> texts);

}
