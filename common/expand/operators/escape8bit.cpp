// ${escape8bit:…}: octets above 126 and backslashes as \nnn.

#include "common/expand/detail/octal.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> escape_8bit(const OperatorCall& call)
{
    std::string out;
    for (const char c : call.subject.text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet >= 127 || c == '\\')
            out += octal_escape(c);
        else
            out += c;
    }
    return call.same_taint(std::move(out));
}

const RegisterOperator self{{
    .name = "escape8bit",
    .apply = escape_8bit,
    .doc = "Octets above 126 and backslashes as \\nnn.",
}};

}
}
