// ${randint:N}: a number from 0 to N-1. Not for keys.

#include "common/base/random.h"
#include "common/expand/detail/slices.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> randint(const OperatorCall& call)
{
    if (call.subject.empty())
        return misconfigured("integer expected but \"\" found");
    const auto below = TRY(integer(call.subject.text));
    if (below < 0)
        return misconfigured("non-negative integer expected but \"" + call.subject.text + "\" found");
    if (below == 0)
        return Text::clean("0");
    return Text::clean(std::to_string(random_number() % static_cast<std::uint64_t>(below)));
}

const RegisterOperator self{{
    .name = "randint",
    .apply = randint,
    .doc = "A number at random, below the one given.",
}};

}
}
