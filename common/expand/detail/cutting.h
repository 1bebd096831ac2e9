// What the items substr, length, hash and nhash share: numbers first, the text last.
#pragma once

#include "common/expand/item.h"

namespace gp::expand {

// The last argument: the text.
const Text& cut_subject(const ItemCall& call);

// The second argument as a number, if there are three.
Result<std::optional<std::int64_t>> second_cut_number(const ItemCall& call);

// Words made of the text: tainted if it is.
Text same_taint_as_subject(const ItemCall& call, std::string words);

}
