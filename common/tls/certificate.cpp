#include "common/tls/certificate.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/tls/detail/openssl.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

namespace gp::tls {
namespace {

constexpr std::size_t max_names = 1000;    // of one certificate
constexpr std::size_t max_text = 4 * 1024; // of a distinguished name

std::string text_of(BIO* memory)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return size > 0 ? std::string(data, std::min(static_cast<std::size_t>(size), max_text)) : std::string{};
}

// Parts in the certificate's own order, separated by commas: "C=UK,O=Example,CN=mx.example.org".
std::string name_text(const X509_NAME* name)
{
    const Bio memory(BIO_new(BIO_s_mem()));
    const unsigned long flags = (XN_FLAG_RFC2253 & ~static_cast<unsigned long>(XN_FLAG_DN_REV)) | ASN1_STRFLGS_ESC_CTRL;
    X509_NAME_print_ex(memory.get(), name, 0, flags);
    return text_of(memory.get());
}

std::int64_t seconds(const ASN1_TIME* time)
{
    tm broken{};
    return ASN1_TIME_to_tm(time, &broken) == 1 ? ::timegm(&broken) : 0;
}

std::string common_name(X509_NAME* name)
{
    const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0)
        return {};
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    return escape({reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                   std::min(static_cast<std::size_t>(ASN1_STRING_length(value)), max_text)}, true);
}

std::vector<std::string> dns_names(X509* certificate)
{
    std::vector<std::string> out;
    auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int n = 0; names && n < sk_GENERAL_NAME_num(names) && out.size() < max_names; ++n) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, n);
        if (name->type != GEN_DNS)
            continue;
        const std::string_view text{reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                                    static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))};
        // A NUL inside is the old trick to look like another name.
        if (std::ranges::all_of(text, is_printable))
            out.push_back(lower(text));
    }
    GENERAL_NAMES_free(names);
    return out;
}

std::string serial_text(const X509* certificate)
{
    BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
    char* digits = number ? BN_bn2hex(number) : nullptr;
    std::string out = digits ? digits : "";
    OPENSSL_free(digits);
    BN_free(number);
    return out;
}

}

Certificate Certificate::of(X509* certificate)
{
    Certificate out;
    out.subject = name_text(X509_get_subject_name(certificate));
    out.issuer = name_text(X509_get_issuer_name(certificate));
    out.dns_names = tls::dns_names(certificate);
    out.common_name = tls::common_name(X509_get_subject_name(certificate));
    out.not_before = seconds(X509_get0_notBefore(certificate));
    out.not_after = seconds(X509_get0_notAfter(certificate));
    out.serial = serial_text(certificate);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &size) == 1)
        out.sha256 = upper(hex_encode({reinterpret_cast<const char*>(digest), size}));
    take_errors();
    return out;
}

Result<Certificate> Certificate::parse(std::string_view pem)
{
    initialise();
    const auto text = read_only(pem);
    const CertificateHandle certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    if (!certificate) {
        take_errors();
        return misconfigured("no certificate in PEM form");
    }
    return of(certificate.get());
}

bool name_covers(std::string_view pattern, std::string_view host)
{
    if (!host.empty() && host.back() == '.')
        host.remove_suffix(1);
    if (!pattern.starts_with("*."))
        return !host.empty() && same_nocase(pattern, host);
    const auto dot = host.find('.');
    if (dot == host.npos || dot == 0)
        return false;
    const auto parent = pattern.substr(2);
    return parent.find('.') != parent.npos && parent.find('*') == parent.npos && same_nocase(parent, host.substr(dot + 1));
}

}
