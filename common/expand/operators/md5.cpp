// ${md5:…}: MD5, in lower case.

#include <openssl/evp.h>

#include "common/base/text.h"
#include "common/expand/detail/digest_of.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> md5(const OperatorCall& call)
{
    return Text::clean(TRY(hex_digest(EVP_md5(), call.subject.text)));
}

// The fingerprint of a certificate is shown in capitals, as Exim does.
Result<Text> md5_of_certificate(const OperatorCall& call)
{
    return Text::clean(upper(TRY(hex_digest(EVP_md5(), call.subject.text))));
}

const RegisterOperator self{{
    .name = "md5",
    .apply = md5,
    .apply_to_certificate = md5_of_certificate,
    .doc = "MD5, in lower case.",
}};

}
}
