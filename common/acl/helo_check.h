// Is the name that a client gives with HELO its own (verify = helo, helo_verify_hosts)?
#pragma once

#include "common/acl/context.h"

namespace gp::acl {

Truth helo_is_own(expand::Scene& scene);

}
