// Conditions on the items of a list: forany, forall and their JSON forms, inlist, inlisti.
#pragma once

#include "common/expand/condition.h"
#include "common/expand/parser.h"

namespace gp::expand {

// Reads {list}{condition} behind one of the words forany, forall, …_json, …_jsons (manual 11.7).
Result<TestPtr> parse_for_each(Parser& parser, std::string_view word);

// $value is the item that was found: as clean as the list is.
Result<bool> in_list(const ConditionCall& call, bool caseless);

}
