// match_domain {domain}{list}, match_local_part, match_address, match_ip. The list is not expanded; its named
// lists are. $value is what matched, and $0, $1 what a wildcard stood for.
#pragma once

#include "common/expand/condition.h"
#include "common/expand/parser.h"

namespace gp::expand {

// Reads {subject}{list} behind the word (manual 11.7), which says what kind of list it is.
Result<TestPtr> parse_match_condition(Parser& parser, std::string_view word);

}
