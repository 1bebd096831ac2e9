// ${sha3:…}: sha3_N: SHA-3 of 224, 256, 384 or 512 bits.

#include <openssl/evp.h>

#include "common/base/text.h"
#include "common/expand/detail/digest_of.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> sha3(const OperatorCall& call)
{
    const EVP_MD* kind = EVP_sha3_256();
    if (call.has_argument && call.argument == "224")
        kind = EVP_sha3_224();
    else if (call.has_argument && call.argument == "384")
        kind = EVP_sha3_384();
    else if (call.has_argument && call.argument == "512")
        kind = EVP_sha3_512();
    else if (call.has_argument && call.argument != "256")
        return misconfigured("unrecognised sha3 variant");
    return Text::clean(upper(TRY(hex_digest(kind, call.subject.text))));
}

const RegisterOperator self{{
    .name = "sha3",
    .apply = sha3,
    .doc = "sha3_N: SHA-3 of 224, 256, 384 or 512 bits.",
}};

}
}
