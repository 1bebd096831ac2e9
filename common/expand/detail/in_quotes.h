// What the operators quote and quote_local_part share.
#pragma once

#include "common/expand/operator.h"

namespace gp::expand {

// In double quotes, with backslashes before quotes and backslashes; line ends as \n and \r.
std::string in_quotes(std::string_view text);

}
