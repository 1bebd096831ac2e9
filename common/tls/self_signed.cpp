#include "common/tls/self_signed.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <memory>

namespace gp::tls {
namespace {

constexpr long lifetime = 365L * 24 * 3600; // seconds; a new one is made at each start and reload
constexpr std::size_t longest_name = 64;    // of a common name: RFC 5280 appendix A.1

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(BIO* text) const { BIO_free(text); }
};

std::string text_of(BIO* text)
{
    char* octets = nullptr;
    const long size = BIO_get_mem_data(text, &octets);
    return {octets, static_cast<std::size_t>(std::max(size, 0L))};
}

bool fill(X509* certificate, EVP_PKEY* key, const std::string& host)
{
    std::uint64_t serial = 0;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1)
        return false;
    const auto name = host.empty() ? std::string("localhost") : host.substr(0, longest_name);
    auto* subject = X509_get_subject_name(certificate);
    return X509_set_version(certificate, 2) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -300) && // clocks differ
           X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime) && X509_set_pubkey(certificate, key) == 1 &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.data()),
                                      static_cast<int>(name.size()), -1, 0) == 1 &&
           X509_set_issuer_name(certificate, subject) == 1 && X509_sign(certificate, key, EVP_sha256()) > 0;
}

}

Result<SelfSigned> make_self_signed(const std::string& host)
{
    const std::unique_ptr<EVP_PKEY, Free> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Free> certificate(X509_new());
    const std::unique_ptr<BIO, Free> shown(BIO_new(BIO_s_mem())), secret(BIO_new(BIO_s_mem()));
    const bool is_made = key && certificate && shown && secret && fill(certificate.get(), key.get(), host) &&
                         PEM_write_bio_X509(shown.get(), certificate.get()) == 1 &&
                         PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
    ERR_clear_error();
    if (!is_made)
        return temporary("no certificate could be made");
    return SelfSigned{text_of(shown.get()), text_of(secret.get())};
}

}
