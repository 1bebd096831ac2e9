#include "common/expand/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace gp::expand {
namespace {

const EVP_MD* kind_of(Digest kind)
{
    switch (kind) {
    case Digest::md5: return EVP_md5();
    case Digest::sha1: return EVP_sha1();
    case Digest::sha256: return EVP_sha256();
    case Digest::sha512: break;
    }
    return EVP_sha512();
}

Error unavailable()
{
    return temporary("the digest cannot be computed: OpenSSL does not offer it");
}

}

Result<std::string> digest_of(Digest kind, std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), octets.data(), &size, kind_of(kind), nullptr) != 1)
        return unavailable();
    return std::string(reinterpret_cast<const char*>(octets.data()), size);
}

Result<std::string> keyed_digest(Digest kind, std::string_view key, std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
    unsigned size = 0;
    // A null pointer would mean "the key of last time".
    if (!HMAC(kind_of(kind), key.empty() ? "" : key.data(), static_cast<int>(key.size()),
              reinterpret_cast<const unsigned char*>(text.data()), text.size(), octets.data(), &size))
        return unavailable();
    return std::string(reinterpret_cast<const char*>(octets.data()), size);
}

bool same_secret(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}
