// ${hex2b64:…}: hexadecimal digits in base 64.

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> hex_to_base64(const OperatorCall& call)
{
    const auto& text = call.subject.text;
    for (const char c : text)
        if (!is_digit(c) && (to_lower(c) < 'a' || to_lower(c) > 'f'))
            return misconfigured("\"" + text + "\" is not a hex string");
    const auto octets = hex_decode(text);
    if (!octets)
        return misconfigured("\"" + text + "\" contains an odd number of characters");
    return call.same_taint(base64_encode(*octets));
}

const RegisterOperator self{{
    .name = "hex2b64",
    .apply = hex_to_base64,
    .doc = "Hexadecimal digits in base 64.",
}};

}
}
