// ${base32d:…}: a base 32 number in decimal.

#include "common/expand/detail/number_bases.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> from_base32(const OperatorCall& call)
{
    std::uint64_t number = 0;
    for (const char c : call.subject.text) {
        const auto digit = base32_digits.find(c);
        if (digit == std::string_view::npos)
            return refused_number(call, "base32d", "base 32 number");
        number = number * 32 + digit;
    }
    return Text::clean(std::to_string(number));
}

const RegisterOperator self{{
    .name = "base32d",
    .apply = from_base32,
    .doc = "A base 32 number in decimal.",
}};

}
}
