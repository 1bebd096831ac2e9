// ${base64d:…}: what a base 64 text stands for.

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> from_base64(const OperatorCall& call)
{
    std::string digits;
    for (const char c : call.subject.text)
        if (!is_space(c))
            digits += c;
    auto octets = base64_decode(digits);
    if (!octets || digits.size() % 4 != 0)
        return misconfigured("string \"" + call.subject.text +
                             "\" is not well-formed for \"base64d\" operator");
    return call.same_taint(std::move(*octets));
}

const RegisterOperator self{{
    .name = "base64d",
    .apply = from_base64,
    .doc = "What a base 64 text stands for.",
}};

}
}
