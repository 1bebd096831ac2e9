// ${base62d:…}: a base 62 number in decimal.

#include "common/base/encoding.h"
#include "common/expand/detail/number_bases.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> from_base62(const OperatorCall& call)
{
    if (call.subject.empty())
        return Text::clean("0");
    const auto number = base62_decode(call.subject.text);
    if (!number)
        return refused_number(call, "base62d", "base 62 number");
    return Text::clean(std::to_string(*number));
}

const RegisterOperator self{{
    .name = "base62d",
    .apply = from_base62,
    .doc = "A base 62 number in decimal.",
}};

}
}
