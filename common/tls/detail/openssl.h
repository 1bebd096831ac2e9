// OpenSSL's objects with owners, its errors as text, and the one initialisation.
#pragma once

#include "common/base/result.h"
#include "common/tls/key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace gp::tls {

template <auto release>
struct Release {
    void operator()(auto* object) const { release(object); }
};
using Bio = std::unique_ptr<BIO, Release<&BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Release<&EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<&EVP_PKEY_CTX_free>>;
using CertificateHandle = std::unique_ptr<X509, Release<&X509_free>>;

Bio read_only(std::string_view text); // the text must outlive it

// Once for each process: no configuration file is read (a jail has none), the default provider stays loaded, and
// our own stands beside it for keys that live elsewhere.
void initialise();

// What OpenSSL has to say, emptied: the queue belongs to the thread and so to all fibers. The newest reason, such
// as "certificate verify failed"; empty when there is none.
std::string take_errors();
Error openssl_error(std::string_view doing);

// detail/remote_key.cpp
Status load_remote_key_provider();
Result<Key> remote_key(std::string_view certificate_pem, const Signer& signer);

}
