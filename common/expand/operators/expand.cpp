// ${expand:…}: expands the result of an expansion once more.

#include "common/expand/expand.h"

#include "common/base/text.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> again(const OperatorCall& call)
{
    auto out = expand::expand(call.scene, call.subject);
    if (out)
        return out;
    Error error = std::move(out).error();
    error.text = "internal expansion of \"" + call.subject.text + "\" failed: " + error.text;
    return error;
}

const RegisterOperator self{{
    .name = "expand",
    .apply = again,
    .doc = "Expands the text, which must not come from outside, a second time.",
}};

}
}
