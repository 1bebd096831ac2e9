// ${hmac{md5 or sha1}{secret}{text}}: RFC 2104.

#include "common/base/encoding.h"
#include "common/expand/digest.h"
#include "common/expand/item.h"

namespace gp::expand {
namespace {

Result<Text> hmac(const ItemCall& call)
{
    const auto& name = call.arguments[0].text;
    if (name != "md5" && name != "sha1")
        return misconfigured("hmac algorithm \"" + name + "\" is not recognised");
    const auto kind = name == "md5" ? Digest::md5 : Digest::sha1;
    return Text::clean(hex_encode(TRY(keyed_digest(kind, call.arguments[1].text, call.arguments[2].text))));
}

const RegisterItem self{{
    .name = "hmac",
    .least = 3,
    .most = 3,
    .apply = hmac,
    .doc = "A digest with a secret.",
}};

}
}
