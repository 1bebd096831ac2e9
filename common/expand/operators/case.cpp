// ${lc:…}, ${uc:…}: letters in lower or upper case, ASCII only.

#include "common/base/text.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

const RegisterOperator lc{{
    .name = "lc",
    .apply = [](const OperatorCall& call) -> Result<Text> { return call.same_taint(lower(call.subject.text)); },
    .doc = "Letters in lower case.",
}};

const RegisterOperator uc{{
    .name = "uc",
    .apply = [](const OperatorCall& call) -> Result<Text> { return call.same_taint(upper(call.subject.text)); },
    .doc = "Letters in upper case.",
}};

}
}
