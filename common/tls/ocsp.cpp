#include "common/tls/ocsp.h"

#include "common/tls/detail/openssl.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <map>
#include <memory>

namespace gp::tls {
namespace {

constexpr long clock_skew = 300; // seconds that a responder's clock may be off
constexpr std::size_t most_octets = 256 * 1024;

struct Free {
    void operator()(OCSP_RESPONSE* one) const { OCSP_RESPONSE_free(one); }
    void operator()(OCSP_BASICRESP* one) const { OCSP_BASICRESP_free(one); }
    void operator()(OCSP_CERTID* one) const { OCSP_CERTID_free(one); }
    void operator()(STACK_OF(X509) * all) const { sk_X509_free(all); }
};
using Response = std::unique_ptr<OCSP_RESPONSE, Free>;
using Basic = std::unique_ptr<OCSP_BASICRESP, Free>;

Basic basic_of(std::string_view der)
{
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const Response response{d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size()))};
    if (!response || OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return nullptr;
    return Basic{OCSP_response_get1_basic(response.get())};
}

bool is_current(const OCSP_SINGLERESP* single, int& status)
{
    int reason = 0;
    ASN1_GENERALIZEDTIME *revoked = nullptr, *from = nullptr, *until = nullptr;
    status = OCSP_single_get0_status(const_cast<OCSP_SINGLERESP*>(single), &reason, &revoked, &from, &until);
    return until && OCSP_check_validity(from, until, clock_skew, -1) == 1; // one without an end is none (manual 43.12)
}

// What the answer says of a certificate of this issuer, by the digest that it was made with.
const OCSP_SINGLERESP* find(OCSP_BASICRESP* basic, X509* leaf, X509* issuer)
{
    for (int i = 0; i < OCSP_resp_count(basic); ++i) {
        const auto* single = OCSP_resp_get0(basic, i);
        const auto* id = OCSP_SINGLERESP_get0_id(single);
        ASN1_OBJECT* algorithm = nullptr;
        OCSP_id_get0_info(nullptr, &algorithm, nullptr, nullptr, const_cast<OCSP_CERTID*>(id));
        const auto* digest = EVP_get_digestbyobj(algorithm);
        const std::unique_ptr<OCSP_CERTID, Free> wanted{digest ? OCSP_cert_to_id(digest, leaf, issuer) : nullptr};
        if (wanted && OCSP_id_cmp(wanted.get(), id) == 0)
            return single;
    }
    return nullptr;
}

// The answers of a context by the digests of their certificates.
using Answers = std::map<std::string, std::string>;

std::string digest_of(const X509* certificate)
{
    unsigned char octets[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!certificate || X509_digest(certificate, EVP_sha256(), octets, &size) != 1)
        return {};
    return {reinterpret_cast<const char*>(octets), size};
}

int show_status(SSL* ssl, void* context)
{
    const auto& answers = *static_cast<const Answers*>(context);
    const auto found = answers.find(digest_of(SSL_get_certificate(ssl)));
    if (found == answers.end())
        return SSL_TLSEXT_ERR_NOACK;
    const auto basic = basic_of(found->second);
    int status = 0;
    // Its time runs out while the suite runs, when nobody has laid a new one there.
    if (!basic || OCSP_resp_count(basic.get()) < 1 || !is_current(OCSP_resp_get0(basic.get(), 0), status))
        return SSL_TLSEXT_ERR_NOACK;
    auto* copy = OPENSSL_memdup(found->second.data(), found->second.size());
    if (!copy)
        return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(found->second.size())); // takes it
    return SSL_TLSEXT_ERR_OK;
}

void forget_answers(void*, void* answers, CRYPTO_EX_DATA*, int, long, void*)
{
    delete static_cast<Answers*>(answers);
}

Answers& answers_of(SSL_CTX* context)
{
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, &forget_answers);
    auto* answers = static_cast<Answers*>(SSL_CTX_get_ex_data(context, index));
    if (!answers) {
        answers = std::make_unique<Answers>().release();
        SSL_CTX_set_ex_data(context, index, answers);
    }
    return *answers;
}

}

Result<std::string> read_ocsp(std::string_view content, bool is_pem)
{
    std::string der{content};
    if (is_pem) {
        const auto text = read_only(content);
        char *name = nullptr, *header = nullptr;
        unsigned char* data = nullptr;
        long size = 0;
        if (PEM_read_bio(text.get(), &name, &header, &data, &size) != 1)
            return misconfigured("it is not in PEM form");
        der.assign(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(data);
    }
    const auto basic = der.size() <= most_octets ? basic_of(der) : nullptr;
    take_errors();
    if (!basic || OCSP_resp_count(basic.get()) < 1)
        return misconfigured("it holds no answer of an OCSP responder in DER form");
    return der;
}

void ask_for_status(SSL* ssl)
{
    SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
}

Ocsp judge_status(SSL* ssl)
{
    const unsigned char* octets = nullptr;
    const long size = SSL_get_tlsext_status_ocsp_resp(ssl, &octets);
    if (size <= 0 || !octets)
        return Ocsp::no_response;
    const auto basic = basic_of({reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size)});
    const auto* chain = SSL_get0_verified_chain(ssl);
    if (!basic || static_cast<std::size_t>(size) > most_octets)
        return Ocsp::failed;
    if (SSL_get_verify_result(ssl) != X509_V_OK || !chain || sk_X509_num(chain) < 1)
        return Ocsp::not_verified; // whose word it is, nobody can tell
    auto* leaf = sk_X509_value(chain, 0);
    auto* issuer = sk_X509_value(chain, sk_X509_num(chain) > 1 ? 1 : 0);
    // The issuer itself may sign, and so may whom it has named for that; the latter's certificate is in the answer. The
    // chain's own are good already, which is news to a store that DANE has taken the place of.
    const std::unique_ptr<STACK_OF(X509), Free> trusted{sk_X509_new_null()};
    sk_X509_push(trusted.get(), issuer);
    auto* store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
    int status = V_OCSP_CERTSTATUS_UNKNOWN;
    const auto* single = find(basic.get(), leaf, issuer);
    const bool is_good = OCSP_basic_verify(basic.get(), trusted.get(), store, issuer == leaf ? 0 : OCSP_TRUSTOTHER) == 1 && single &&
                         is_current(single, status) && status == V_OCSP_CERTSTATUS_GOOD;
    take_errors();
    return is_good ? Ocsp::verified : Ocsp::failed;
}

bool shows_status(SSL* ssl)
{
    const unsigned char* octets = nullptr;
    return SSL_get_tlsext_status_ocsp_resp(ssl, &octets) > 0 && octets;
}

void add_status(SSL_CTX* context, const std::string& answer)
{
    auto& answers = answers_of(context);
    answers[digest_of(SSL_CTX_get0_certificate(context))] = answer;
    SSL_CTX_set_tlsext_status_cb(context, &show_status);
    SSL_CTX_set_tlsext_status_arg(context, &answers);
}

}
