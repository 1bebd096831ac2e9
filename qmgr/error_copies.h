// errors_copy (manual 14.23): who else gets a bounce, by the address that it goes to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "qmgr/address_pattern.h"

namespace gp::qmgr {

// `list` is the expanded option: "PATTERN ADDRESS[, ADDRESS]" with colons between the items. The first pattern that
// `to` matches decides.
Result<std::vector<std::string>> error_copies(std::string_view list, std::string_view to, const RegexMatcher& regex);

}
