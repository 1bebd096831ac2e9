// ${lc:…}: letters in lower case.

#include "common/base/text.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

const RegisterOperator self{{
    .name = "lc",
    .apply = [](const OperatorCall& call) -> Result<Text> {
        return call.same_taint(lower(call.subject.text));
    },
    .doc = "Letters in lower case.",
}};

}
}
