// ${sha256:…}, ${sha2:…}: SHA-256.

#include <openssl/evp.h>

#include "common/base/text.h"
#include "common/expand/detail/digest_of.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> sha2(const OperatorCall& call)
{
    const EVP_MD* kind = EVP_sha256();
    if (call.has_argument && call.argument == "384")
        kind = EVP_sha384();
    else if (call.has_argument && call.argument == "512")
        kind = EVP_sha512();
    else if (call.has_argument && call.argument != "256")
        return misconfigured("unrecognised sha2 variant");
    return Text::clean(upper(TRY(hex_digest(kind, call.subject.text))));
}

const RegisterOperator synonym{{
    .name = "sha256",
    .apply = sha2,
    .apply_to_certificate = sha2,
    .doc = "SHA-256.",
}};

const RegisterOperator self{{
    .name = "sha2",
    .apply = sha2,
    .doc = "sha2_N: SHA-2 of 256, 384 or 512 bits.",
}};

}
}
