// ${length:…}, ${l:…}: length_N: the first N octets.

#include "common/expand/detail/operator_cutting.h"
#include "common/expand/detail/slices.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> first_octets(const OperatorCall& call)
{
    const auto wanted = TRY(numbers_of_operator(call, "length", 1, false)).first;
    return call.same_taint(std::string(substring(call.subject.text, 0, wanted)));
}

const RegisterOperator self{{
    .name = "length",
    .apply = first_octets,
    .doc = "length_N: the first N octets.",
}};

const RegisterOperator synonym{{
    .name = "l",
    .apply = first_octets,
    .doc = "Short for length.",
}};

}
}
