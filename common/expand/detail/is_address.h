// isip {text}, isip4 {text}, isip6 {text}
#pragma once

#include "common/expand/condition.h"

namespace gp::expand {

// Whether the text is an IP address of the kind that the name of the condition (isip, isip4, isip6) says.
Result<bool> is_address_of_kind(const ConditionCall& call);

}
