// ${sha1:…}: SHA-1, in upper case.

#include <openssl/evp.h>

#include "common/base/text.h"
#include "common/expand/detail/digest_of.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> sha1(const OperatorCall& call)
{
    return Text::clean(upper(TRY(hex_digest(EVP_sha1(), call.subject.text))));
}

const RegisterOperator self{{
    .name = "sha1",
    .apply = sha1,
    .apply_to_certificate = sha1,
    .doc = "SHA-1, in upper case.",
}};

}
}
