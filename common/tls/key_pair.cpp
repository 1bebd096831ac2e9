#include "common/tls/key_pair.h"

#include "common/tls/detail/openssl.h"

#include <openssl/pem.h>

namespace gp::tls {
namespace {

Result<std::string> der_of(EVP_PKEY* key)
{
    unsigned char* der = nullptr;
    const int size = key ? i2d_PUBKEY(key, &der) : 0;
    if (size <= 0)
        return openssl_error("public key");
    std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

}

Result<std::string> public_key_of_certificate(std::string_view pem)
{
    const auto text = read_only(pem);
    const CertificateHandle leaf(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    if (!leaf)
        return openssl_error("certificate");
    return der_of(X509_get0_pubkey(leaf.get()));
}

Result<std::string> public_key_of_private_key(std::string_view pem)
{
    const auto text = read_only(pem);
    const auto no_passphrase = [](char*, int, int, void*) { return -1; };
    const Key key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
    if (!key)
        return openssl_error("private key");
    return der_of(key.get());
}

}
