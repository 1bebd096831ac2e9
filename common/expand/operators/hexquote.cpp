// ${hexquote:…}: octets outside of ! to ~ as \xnn.

#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> hexquote(const OperatorCall& call)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : call.subject.text) {
        const auto octet = static_cast<unsigned char>(c);
        if (c >= '!' && c <= '~')
            out += c;
        else
            out.append("\\x").append(1, digits[octet >> 4]).append(1, digits[octet & 15]);
    }
    return call.same_taint(std::move(out));
}

const RegisterOperator self{{
    .name = "hexquote",
    .apply = hexquote,
    .doc = "Octets outside of ! to ~ as \\xnn.",
}};

}
}
