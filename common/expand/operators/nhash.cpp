// ${nhash:…}, ${nh:…}: nhash_N_M: a number below N, or two numbers.

#include "common/expand/detail/operator_cutting.h"
#include "common/expand/detail/slices.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> nhash(const OperatorCall& call)
{
    const auto [first, second] = TRY(numbers_of_operator(call, call.as_written, 2, false));
    return Text::clean(TRY(numeric_hash(call.subject.text, first, second)));
}

const RegisterOperator self{{
    .name = "nhash",
    .apply = nhash,
    .doc = "nhash_N_M: a number below N, or two numbers.",
}};

const RegisterOperator synonym{{
    .name = "nh",
    .apply = nhash,
    .doc = "Short for nhash.",
}};

}
}
