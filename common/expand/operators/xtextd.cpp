// ${xtextd:…}: what an xtext of RFC 3461 stands for.

#include "common/base/encoding.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> decode(const OperatorCall& call)
{
    auto octets = xtext_decode(call.subject.text);
    if (!octets)
        return misconfigured("\"" + call.subject.text + "\" is not a valid xtext: " + octets.error().text);
    return call.same_taint(std::move(*octets));
}

const RegisterOperator self{{
    .name = "xtextd",
    .apply = decode,
    .doc = "Decodes xtext (RFC 3461 section 4).",
}};

}
}
