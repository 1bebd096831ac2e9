#include "tests/support/peer/certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "common/base/result.h"

namespace gp::testing {
namespace {

template <auto release>
struct Release {
    void operator()(auto* object) const { release(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Release<&EVP_PKEY_free>>;
using KeyMaker = std::unique_ptr<EVP_PKEY_CTX, Release<&EVP_PKEY_CTX_free>>;
using Certificate = std::unique_ptr<X509, Release<&X509_free>>;
using Memory = std::unique_ptr<BIO, Release<&BIO_free_all>>;

void must(bool done)
{
    if (!done)
        panic("OpenSSL makes a certificate");
}

Key make_key(KeyKind kind)
{
    switch (kind) {
    case KeyKind::rsa:
        return Key(EVP_RSA_gen(2048));
    case KeyKind::p256:
        return Key(EVP_EC_gen("P-256"));
    case KeyKind::ed25519:
        return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case KeyKind::rsa_pss:
        break;
    }
    KeyMaker maker(EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr));
    EVP_PKEY* key = nullptr;
    must(EVP_PKEY_keygen_init(maker.get()) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(maker.get(), 2048) == 1 &&
         EVP_PKEY_generate(maker.get(), &key) == 1);
    return Key(key);
}

std::string text_of(BIO* memory)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    must(extension && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

long next_serial()
{
    static long serial = 1000;
    return ++serial;
}

Certificate blank(const std::string& common_name, EVP_PKEY* key, int days)
{
    Certificate made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), next_serial());
    X509_gmtime_adj(X509_getm_notBefore(made.get()), days < 0 ? -86400L * (1 - days) : -3600L);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 86400L * days);
    X509_set_pubkey(made.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    return made;
}

Identity as_text(X509* certificate, EVP_PKEY* key)
{
    Memory certificate_text(BIO_new(BIO_s_mem())), key_text(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_X509(certificate_text.get(), certificate) == 1);
    must(PEM_write_bio_PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return {text_of(certificate_text.get()), text_of(key_text.get())};
}

}

struct Authority::Impl {
    Key key;
    Certificate certificate;
};

Authority::Authority(const std::string& name) : impl_(std::make_unique<Impl>())
{
    impl_->key = make_key(KeyKind::p256);
    impl_->certificate = blank(name, impl_->key.get(), 100);
    X509* own = impl_->certificate.get();
    must(X509_set_issuer_name(own, X509_get_subject_name(own)) == 1);
    extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
    extend(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(own, own, NID_subject_key_identifier, "hash");
    must(X509_sign(own, impl_->key.get(), EVP_sha256()) > 0);
    own_ = as_text(own, impl_->key.get());
}

Authority::~Authority() = default;

Identity Authority::issue(KeyKind kind, const std::vector<std::string>& names, int days) const
{
    const Key key = make_key(kind);
    const Certificate made = blank(names.front(), key.get(), days);
    must(X509_set_issuer_name(made.get(), X509_get_subject_name(impl_->certificate.get())) == 1);
    std::string alternatives;
    for (const auto& name : names)
        alternatives += (alternatives.empty() ? "DNS:" : ",DNS:") + name;
    extend(made.get(), impl_->certificate.get(), NID_subject_alt_name, alternatives);
    must(X509_sign(made.get(), impl_->key.get(), EVP_sha256()) > 0);
    return as_text(made.get(), key.get());
}

std::string Authority::status_of(const Identity& issued, bool is_revoked, int days) const
{
    using Time = std::unique_ptr<ASN1_TIME, Release<&ASN1_TIME_free>>;
    const Memory text(BIO_new_mem_buf(issued.certificate.data(), static_cast<int>(issued.certificate.size())));
    const Certificate leaf(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    const std::unique_ptr<OCSP_BASICRESP, Release<&OCSP_BASICRESP_free>> basic(OCSP_BASICRESP_new());
    const std::unique_ptr<OCSP_CERTID, Release<&OCSP_CERTID_free>> id(OCSP_cert_to_id(nullptr, leaf.get(), impl_->certificate.get()));
    const Time from(X509_gmtime_adj(nullptr, -5 * 86400L)), until(X509_gmtime_adj(nullptr, days * 86400L));
    must(OCSP_basic_add1_status(basic.get(), id.get(), is_revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD, 0,
                                is_revoked ? from.get() : nullptr, from.get(), until.get()) != nullptr);
    must(OCSP_basic_sign(basic.get(), impl_->certificate.get(), impl_->key.get(), EVP_sha256(), nullptr, 0) == 1);
    const std::unique_ptr<OCSP_RESPONSE, Release<&OCSP_RESPONSE_free>> response(
        OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
    unsigned char* octets = nullptr;
    const int size = i2d_OCSP_RESPONSE(response.get(), &octets);
    must(size > 0);
    std::string der(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
    OPENSSL_free(octets);
    return der;
}

}
