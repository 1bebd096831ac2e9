// ${base32:…}: a decimal number in base 32.

#include "common/expand/detail/number_bases.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> to_base32(const OperatorCall& call)
{
    auto number = TRY(decimal_number(call, "base32"));
    std::string out;
    for (; number > 0; number /= 32)
        out.insert(out.begin(), base32_digits[number % 32]);
    return Text::clean(std::move(out));
}

const RegisterOperator self{{
    .name = "base32",
    .apply = to_base32,
    .doc = "A decimal number in base 32.",
}};

}
}
