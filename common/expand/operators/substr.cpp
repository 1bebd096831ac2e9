// ${substr:…}, ${s:…}: substr_START_LENGTH: a part of the text.

#include "common/expand/detail/operator_cutting.h"
#include "common/expand/detail/slices.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> part(const OperatorCall& call)
{
    const auto [start, length] = TRY(numbers_of_operator(call, "substr", 2, true));
    return call.same_taint(std::string(substring(call.subject.text, start, length)));
}

const RegisterOperator self{{
    .name = "substr",
    .apply = part,
    .doc = "substr_START_LENGTH: a part of the text.",
}};

const RegisterOperator synonym{{
    .name = "s",
    .apply = part,
    .doc = "Short for substr.",
}};

}
}
