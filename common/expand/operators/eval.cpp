// ${eval:…}: arithmetic; 0 and 0x in front are octal and hexadecimal.

#include "common/expand/detail/sum.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

const RegisterOperator self{{
    .name = "eval",
    .apply = [](const OperatorCall& call) { return evaluate_sum(call, false); },
    .doc = "Arithmetic; 0 and 0x in front are octal and hexadecimal.",
}};

}
}
