// ${eval:…}, ${eval10:…}: whole numbers, with the operators and priorities of C (manual 11.6).
#pragma once

#include "common/expand/operator.h"

namespace gp::expand {

// The value of the subject, an expression; without is_decimal 0 and 0x in front are octal and hexadecimal.
Result<Text> evaluate_sum(const OperatorCall& call, bool is_decimal);

}
