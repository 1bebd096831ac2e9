#include "common/tls/key.h"

#include "common/tls/detail/openssl.h"

#include <openssl/pem.h>

namespace gp::tls {

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem)
{
    initialise();
    const auto text = read_only(pem);
    // A passphrase is never asked for: no text stands for one, and so an encrypted key is refused.
    const auto no_passphrase = [](char*, int, int, void*) { return -1; };
    EVP_PKEY* made = PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr);
    if (!made) {
        auto error = openssl_error("private key");
        error.blame = Blame::configuration;
        return error;
    }
    return PrivateKey(std::shared_ptr<EVP_PKEY>(made, &EVP_PKEY_free));
}

Result<PrivateKey> PrivateKey::remote(std::string_view certificate_pem, Signer signer)
{
    initialise();
    auto made = TRY(remote_key(certificate_pem, signer));
    return PrivateKey(std::shared_ptr<EVP_PKEY>(made.release(), &EVP_PKEY_free));
}

}
