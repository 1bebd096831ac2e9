// and {{condition}{condition}…}, or {{condition}{condition}…}
#pragma once

#include "common/expand/condition.h"
#include "common/expand/parser.h"

namespace gp::expand {

// Reads {{condition}{condition}…} behind "and" or "or".
Result<TestPtr> parse_combined(Parser& parser, std::string_view word);

}
