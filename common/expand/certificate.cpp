#include "common/expand/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <vector>

#include "common/base/encoding.h"
#include "common/base/text.h"

namespace gp::expand {
namespace {

template <auto function>
struct Deleter {
    template <class T>
    void operator()(T* object) const
    {
        function(object);
    }
};
using OwnedX509 = std::unique_ptr<X509, Deleter<X509_free>>;
using OwnedBio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using OwnedBignum = std::unique_ptr<BIGNUM, Deleter<BN_free>>;

struct Wanted {
    std::string name;
    std::vector<std::string> modifiers;
    char separator = '\n';

    bool has(std::string_view modifier) const
    {
        for (const auto& one : modifiers)
            if (one == modifier)
                return true;
        return false;
    }
};

Wanted read(std::string_view field)
{
    Wanted out;
    bool is_first = true;
    while (!field.empty()) {
        // A separator may be a comma itself: ">,".
        if (!is_first && field.starts_with('>') && field.size() > 1) {
            out.separator = field[1];
            field.remove_prefix(field.size() > 2 ? 3 : 2);
            continue;
        }
        const auto comma = std::min(field.find(','), field.size());
        const auto part = std::string(trim(field.substr(0, comma)));
        field.remove_prefix(std::min(comma + 1, field.size()));
        if (is_first)
            out.name = part;
        else
            out.modifiers.push_back(part);
        is_first = false;
    }
    return out;
}

std::string drained(BIO* bio)
{
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string joined(const std::vector<std::string>& items, char separator)
{
    std::string out;
    for (const auto& item : items) {
        if (!out.empty())
            out += separator;
        for (const char c : item)
            out.append(c == separator ? 2 : 1, c);
    }
    return out;
}

// The parts in the certificate's own order, as Exim with GnuTLS has them; or the values of one kind of part.
std::string name_text(const X509_NAME* name, const Wanted& wanted)
{
    if (wanted.modifiers.empty()) {
        const OwnedBio bio(BIO_new(BIO_s_mem()));
        X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(XN_FLAG_DN_REV));
        return drained(bio.get());
    }
    std::vector<std::string> out;
    const int nid = OBJ_txt2nid(wanted.modifiers.front().c_str());
    for (int at = X509_NAME_get_index_by_NID(name, nid, -1); nid != NID_undef && at >= 0;
         at = X509_NAME_get_index_by_NID(name, nid, at)) {
        unsigned char* utf8 = nullptr;
        const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
        if (size >= 0)
            out.emplace_back(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
        OPENSSL_free(utf8);
    }
    return joined(out, wanted.separator);
}

std::string time_text(const ASN1_TIME* time, const Wanted& wanted, bool in_utc)
{
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return {};
    const std::time_t seconds = ::timegm(&parts);
    if (wanted.has("int"))
        return std::to_string(seconds);
    std::tm shown{};
    if (in_utc)
        ::gmtime_r(&seconds, &shown);
    else
        ::localtime_r(&seconds, &shown);
    std::array<char, 64> text{};
    const auto size = std::strftime(text.data(), text.size(), "%b %e %T %Y %Z", &shown);
    return {text.data(), size};
}

std::string alternative_names(X509* certificate, const Wanted& wanted)
{
    auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    if (!names)
        return {};
    std::vector<std::string> out;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const auto* name = sk_GENERAL_NAME_value(names, i);
        const char* tag = name->type == GEN_DNS ? "DNS" : name->type == GEN_URI ? "URI" : name->type == GEN_EMAIL ? "MAIL" : nullptr;
        if (!tag)
            continue;
        const ASN1_IA5STRING* value = name->d.ia5;
        std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                         static_cast<std::size_t>(ASN1_STRING_length(value)));
        if (wanted.modifiers.empty())
            out.push_back(std::string(tag) + "=" + text);
        else if (wanted.has(lower(tag)))
            out.push_back(std::move(text));
    }
    GENERAL_NAMES_free(names);
    return joined(out, wanted.separator);
}

std::string ocsp_uris(X509* certificate, const Wanted& wanted)
{
    auto* uris = X509_get1_ocsp(certificate);
    std::vector<std::string> out;
    for (int i = 0; i < sk_OPENSSL_STRING_num(uris); ++i)
        out.emplace_back(sk_OPENSSL_STRING_value(uris, i));
    X509_email_free(uris);
    return joined(out, wanted.separator);
}

std::string crl_uris(X509* certificate, const Wanted& wanted)
{
    auto* points = static_cast<CRL_DIST_POINTS*>(X509_get_ext_d2i(certificate, NID_crl_distribution_points, nullptr, nullptr));
    std::vector<std::string> out;
    for (int i = 0; points && i < sk_DIST_POINT_num(points); ++i) {
        const auto* place = sk_DIST_POINT_value(points, i)->distpoint;
        if (!place || place->type != 0)
            continue;
        for (int k = 0; k < sk_GENERAL_NAME_num(place->name.fullname); ++k) {
            const auto* name = sk_GENERAL_NAME_value(place->name.fullname, k);
            if (name->type == GEN_URI)
                out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.uniformResourceIdentifier)),
                                 static_cast<std::size_t>(ASN1_STRING_length(name->d.uniformResourceIdentifier)));
        }
    }
    CRL_DIST_POINTS_free(points);
    return joined(out, wanted.separator);
}

std::string serial(X509* certificate)
{
    const OwnedBignum number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    char* digits = number ? BN_bn2hex(number.get()) : nullptr;
    std::string out = digits ? lower(digits) : "";
    OPENSSL_free(digits);
    return out;
}

// As GnuTLS calls them: "RSA-SHA256", "ECDSA-SHA384", "EdDSA-Ed25519".
std::string signature_algorithm(const X509* certificate)
{
    const int nid = X509_get_signature_nid(certificate);
    if (nid == NID_ED25519 || nid == NID_ED448)
        return std::string("EdDSA-") + (nid == NID_ED25519 ? "Ed25519" : "Ed448");
    int digest = NID_undef, key = NID_undef;
    if (nid == NID_rsassaPss)
        X509_get_signature_info(const_cast<X509*>(certificate), &digest, nullptr, nullptr, nullptr);
    else
        OBJ_find_sigid_algs(nid, &digest, &key);
    const std::string hash = upper(OBJ_nid2sn(digest));
    if (nid == NID_rsassaPss)
        return "RSA-PSS-" + hash;
    if (key == NID_rsaEncryption)
        return "RSA-" + hash;
    if (key == NID_X9_62_id_ecPublicKey)
        return "ECDSA-" + hash;
    const char* name = OBJ_nid2ln(nid);
    return name ? name : "";
}

std::string signature(const X509* certificate)
{
    const ASN1_BIT_STRING* octets = nullptr;
    X509_get0_signature(&octets, nullptr, certificate);
    if (!octets)
        return {};
    const std::string_view all(reinterpret_cast<const char*>(octets->data), static_cast<std::size_t>(octets->length));
    std::string out;
    for (std::size_t i = 0; i < all.size(); ++i)
        out += (i > 0 ? " " : "") + hex_encode(all.substr(i, 1));
    return out;
}

}

Result<std::string> der_of_certificate(std::string_view pem)
{
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    const auto from = pem.find(begin);
    const auto to = pem.find("-----END", from == std::string_view::npos ? 0 : from + begin.size());
    if (from == std::string_view::npos || to == std::string_view::npos)
        return permanent("the certificate is not in PEM form");
    std::string digits;
    for (const char c : pem.substr(from + begin.size(), to - from - begin.size()))
        if (!is_space(c))
            digits += c;
    return base64_decode(digits);
}

std::span<const std::string_view> certificate_fields()
{
    static constexpr std::string_view names[] = {"version",       "serial_number", "subject",   "issuer",       "notbefore", "notafter",
                                                 "sig_algorithm", "signature",     "subj_altname", "ocsp_uri", "crl_uri"};
    return names;
}

Result<std::optional<std::string>> certificate_field(std::string_view pem, std::string_view field, bool in_utc)
{
    const auto der = TRY(der_of_certificate(pem));
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const OwnedX509 certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (!certificate)
        return permanent("the certificate cannot be read");
    auto* x509 = certificate.get();
    const auto wanted = read(field);
    std::string out;
    if (wanted.name == "version")
        out = std::to_string(X509_get_version(x509) + 1);
    else if (wanted.name == "serial_number")
        out = serial(x509);
    else if (wanted.name == "subject")
        out = name_text(X509_get_subject_name(x509), wanted);
    else if (wanted.name == "issuer")
        out = name_text(X509_get_issuer_name(x509), wanted);
    else if (wanted.name == "notbefore")
        out = time_text(X509_get0_notBefore(x509), wanted, in_utc);
    else if (wanted.name == "notafter")
        out = time_text(X509_get0_notAfter(x509), wanted, in_utc);
    else if (wanted.name == "sig_algorithm")
        out = signature_algorithm(x509);
    else if (wanted.name == "signature")
        out = signature(x509);
    else if (wanted.name == "subj_altname")
        out = alternative_names(x509, wanted);
    else if (wanted.name == "ocsp_uri")
        out = ocsp_uris(x509, wanted);
    else if (wanted.name == "crl_uri")
        out = crl_uris(x509, wanted);
    else
        return misconfigured("bad field selector \"" + wanted.name + "\" for certextract");
    if (out.empty())
        return std::optional<std::string>();
    return std::optional(std::move(out));
}

}
