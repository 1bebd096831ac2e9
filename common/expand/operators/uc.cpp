// ${uc:…}: letters in upper case.

#include "common/base/text.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

const RegisterOperator self{{
    .name = "uc",
    .apply = [](const OperatorCall& call) -> Result<Text> {
        return call.same_taint(upper(call.subject.text));
    },
    .doc = "Letters in upper case.",
}};

}
}
