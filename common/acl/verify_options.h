// The options behind verify = WHAT: /defer_ok, /no_details, /success_on_redirect, /callout=…, /quota=… (manual 44.45, 44.47,
// 44.49).
#pragma once

#include <string_view>

#include "common/acl/context.h"

namespace gp::acl {

// One option, trimmed, of what is verified. The error is the configuration's.
Status read_verify_option(std::string_view option, std::string_view what, VerifyOptions& into);

}
