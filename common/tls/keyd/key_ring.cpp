#include "common/tls/keyd/key_ring.h"

#include "common/base/text.h"
#include "common/tls/keyd/handshake_block.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>

namespace gp::keyd {
namespace {

constexpr std::size_t secure_heap = 1024 * 1024; // locked, with guard pages: room for some hundred keys
constexpr std::size_t max_keys = 20'000; // DKIM has one for each domain

struct DigestName {
    std::string_view asked;
    const char* name;
};
// Handshakes of TLS 1.2 and 1.3 use these; SHA-1 and MD5 are signed for nobody.
constexpr std::array digests = {DigestName{"SHA256", "SHA256"},   DigestName{"SHA2-256", "SHA256"},
                                DigestName{"SHA384", "SHA384"},   DigestName{"SHA2-384", "SHA384"},
                                DigestName{"SHA512", "SHA512"},   DigestName{"SHA2-512", "SHA512"}};

Error refused(std::string_view why)
{
    return permanent(std::string(why), Cause::refused);
}

const char* digest_of(std::string_view asked)
{
    for (const auto& digest : digests)
        if (same_nocase(digest.asked, asked))
            return digest.name;
    return nullptr;
}

struct FreeDigest {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

Result<std::string> make_signature(EVP_PKEY* key, const char* digest, bool pss, std::string_view block)
{
    const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* how = nullptr; // belongs to the context
    bool good = EVP_DigestSignInit_ex(context.get(), &how, digest, nullptr, nullptr, key, nullptr) == 1;
    if (good && pss)
        good = EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) > 0 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) > 0;
    const auto* data = reinterpret_cast<const unsigned char*>(block.data());
    std::size_t size = 0;
    good = good && EVP_DigestSign(context.get(), nullptr, &size, data, block.size()) == 1;
    std::string signature(size, '\0');
    good = good && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data, block.size()) == 1;
    ERR_clear_error();
    if (!good)
        return permanent("the key cannot sign that");
    signature.resize(size);
    return signature;
}

}

Result<KeyRing> KeyRing::load(Parameters& parameters)
{
    // No configuration file of OpenSSL's: what this process does is not for that file to change.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    CRYPTO_secure_malloc_init(secure_heap, 32); // without locked memory it stays an ordinary heap
    if (parameters.keys.size() > max_keys)
        return misconfigured("more than " + std::to_string(max_keys) + " private keys");
    KeyRing ring;
    for (auto& block : parameters.keys) {
        auto key = load_one(block);
        OPENSSL_cleanse(block.pem.data(), block.pem.size());
        block.pem.clear();
        ring.keys_.push_back(TRY(std::move(key)));
    }
    return ring;
}

Result<KeyRing::Key> KeyRing::load_one(const KeyBlock& block)
{
    BIO* text = BIO_new_mem_buf(block.pem.data(), static_cast<int>(block.pem.size()));
    const auto no_passphrase = [](char*, int, int, void*) { return -1; };
    EVP_PKEY* key = PEM_read_bio_PrivateKey(text, nullptr, no_passphrase, nullptr);
    BIO_free(text);
    ERR_clear_error();
    if (!key)
        return misconfigured(block.name + ": no private key in PEM form without a passphrase");
    return Key{std::shared_ptr<EVP_PKEY>(key, &EVP_PKEY_free), block.name, block.client, block.dkim};
}

// RFC 6376 section 3.3.3; RFC 8463 section 3 has Ed25519 sign the digest.
Result<std::string> KeyRing::sign_dkim(const Key& key, Block kind, const Sign& request)
{
    if (kind != Block::dkim)
        return refused("what is to be signed with " + key.name + " is no DKIM signature");
    if (EVP_PKEY_is_a(key.key.get(), "ED25519") == 1) {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        EVP_Digest(request.block.data(), request.block.size(), digest.data(), &size, EVP_sha256(), nullptr);
        return make_signature(key.key.get(), nullptr, false, {reinterpret_cast<const char*>(digest.data()), size});
    }
    if (EVP_PKEY_is_a(key.key.get(), "RSA") != 1)
        return refused(key.name + " is neither an RSA nor an Ed25519 key");
    return make_signature(key.key.get(), "SHA256", false, request.block);
}

Result<std::string> KeyRing::sign(const Sign& request) const
{
    if (request.key >= keys_.size())
        return refused("there is no key " + std::to_string(request.key));
    const auto& key = keys_[request.key];
    const Block kind = classify(request.block);
    if (key.dkim)
        return sign_dkim(key, kind, request);
    const bool fits = key.client ? kind == Block::tls13_client || kind == Block::tls12_client
                                 : kind == Block::tls13_server || kind == Block::tls12_parameters;
    if (!fits)
        return refused("what is to be signed with " + key.name + " is not a handshake that it is for");
    const bool one_shot = EVP_PKEY_is_a(key.key.get(), "ED25519") == 1 || EVP_PKEY_is_a(key.key.get(), "ED448") == 1;
    const char* digest = digest_of(request.digest);
    if (one_shot != request.digest.empty() || (!one_shot && !digest))
        return refused("digest \"" + escape(request.digest.substr(0, 32)) + "\" is not for this key");
    const bool rsa = EVP_PKEY_is_a(key.key.get(), "RSA") == 1;
    const bool rsa_pss = EVP_PKEY_is_a(key.key.get(), "RSA-PSS") == 1;
    if (request.pss != rsa_pss && !(request.pss && rsa))
        return refused("PSS is for RSA keys");
    if (rsa && !request.pss && kind != Block::tls12_parameters && kind != Block::tls12_client)
        return refused("TLS 1.3 signs with PSS"); // RFC 8446 section 4.4.3
    return make_signature(key.key.get(), digest, request.pss, request.block);
}

}
