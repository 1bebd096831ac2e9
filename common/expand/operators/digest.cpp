// ${md5:…}, ${sha1:…}, ${sha256:…}, ${sha2_512:…}, ${sha3_256:…}: digests in hexadecimal digits.

#include <openssl/evp.h>

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<std::string> digest(const EVP_MD* kind, std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
    unsigned size = 0;
    if (!kind || EVP_Digest(text.data(), text.size(), octets.data(), &size, kind, nullptr) != 1)
        return temporary("the digest cannot be computed: OpenSSL does not offer it");
    return hex_encode({reinterpret_cast<const char*>(octets.data()), size});
}

Result<Text> md5(const OperatorCall& call)
{
    return Text::clean(TRY(digest(EVP_md5(), call.subject.text)));
}

// The fingerprint of a certificate is shown in capitals, as Exim does.
Result<Text> md5_of_certificate(const OperatorCall& call)
{
    return Text::clean(upper(TRY(digest(EVP_md5(), call.subject.text))));
}

Result<Text> sha1(const OperatorCall& call)
{
    return Text::clean(upper(TRY(digest(EVP_sha1(), call.subject.text))));
}

Result<Text> sha2(const OperatorCall& call)
{
    const EVP_MD* kind = EVP_sha256();
    if (call.has_argument && call.argument == "384")
        kind = EVP_sha384();
    else if (call.has_argument && call.argument == "512")
        kind = EVP_sha512();
    else if (call.has_argument && call.argument != "256")
        return misconfigured("unrecognised sha2 variant");
    return Text::clean(upper(TRY(digest(kind, call.subject.text))));
}

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
    return Text::clean(upper(TRY(digest(kind, call.subject.text))));
}

const RegisterOperator operators[] = {
    RegisterOperator{{.name = "md5",
                      .apply = md5,
                      .apply_to_certificate = md5_of_certificate,
                      .doc = "MD5, in lower case."}},
    RegisterOperator{{.name = "sha1", .apply = sha1, .apply_to_certificate = sha1, .doc = "SHA-1, in upper case."}},
    RegisterOperator{{.name = "sha256", .apply = sha2, .apply_to_certificate = sha2, .doc = "SHA-256."}},
    RegisterOperator{{.name = "sha2", .apply = sha2, .doc = "sha2_N: SHA-2 of 256, 384 or 512 bits."}},
    RegisterOperator{{.name = "sha3", .apply = sha3, .doc = "sha3_N: SHA-3 of 224, 256, 384 or 512 bits."}},
};

}
}
