// What the operators substr, length, hash and nhash share: the numbers behind their name.
#pragma once

#include "common/expand/detail/slices.h"
#include "common/expand/operator.h"

namespace gp::expand {

// The full names are items too; as operators they want their numbers behind an underscore.
Result<OperatorNumbers> numbers_of_operator(const OperatorCall& call, std::string_view name, unsigned most,
                                            bool may_be_negative);

}
