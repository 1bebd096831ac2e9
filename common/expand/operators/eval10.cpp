// ${eval10:…}: arithmetic in decimal only.

#include "common/expand/detail/sum.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

const RegisterOperator self{{
    .name = "eval10",
    .apply = [](const OperatorCall& call) { return evaluate_sum(call, true); },
    .doc = "Arithmetic in decimal only.",
}};

}
}
