// ${base62:…}: a decimal number as six base 62 digits.

#include "common/base/encoding.h"
#include "common/expand/detail/number_bases.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> to_base62(const OperatorCall& call)
{
    auto digits = base62_encode(TRY(decimal_number(call, "base62")), base62_width);
    // Exim's numbers have six digits; of a larger one the last six are shown.
    if (digits.size() > base62_width)
        digits.erase(0, digits.size() - base62_width);
    return Text::clean(std::move(digits));
}

const RegisterOperator self{{
    .name = "base62",
    .apply = to_base62,
    .doc = "A decimal number as six base 62 digits.",
}};

}
}
