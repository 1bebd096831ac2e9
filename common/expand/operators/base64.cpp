// ${base64:…}, ${str2b64:…}: the text in base 64; of a certificate, its DER form.

#include "common/base/encoding.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> to_base64(const OperatorCall& call)
{
    return call.same_taint(base64_encode(call.subject.text));
}

const RegisterOperator self{{
    .name = "base64",
    .apply = to_base64,
    .apply_to_certificate = to_base64,
    .doc = "The text in base 64; of a certificate, its DER form.",
}};

const RegisterOperator synonym{{
    .name = "str2b64",
    .apply = to_base64,
    .doc = "An old name of base64.",
}};

}
}
