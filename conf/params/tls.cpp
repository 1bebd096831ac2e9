#include "conf/params/tls.h"

namespace gp::conf {
namespace {

using config::Standing;
using config::Type;
using config::Use;
using M = Tls;

// clang-format off
const config::Param<M> rows[] = {
    {"tls_advertise_hosts", &M::tls_advertise_hosts, Type::host_list, Use::expanded, "*", Standing::supported,
     "The clients to which STARTTLS is offered; without tls_certificate by a certificate of the suite's own making."},
    {"tls_certificate", &M::tls_certificate, Type::string_list, Use::expanded, nullptr, Standing::supported,
     "The file with the certificate and the chain that leads to it; a list for keys of several kinds. It may be an "
     "expansion, for the name that the client asks for ($tls_in_sni); every file that it could name is read at the start, and keys stay with keyd."},
    {"tls_privatekey", &M::tls_privatekey, Type::string_list, Use::expanded, nullptr, Standing::supported,
     "The file with the key. When unset, the file of tls_certificate. Only keyd ever reads it."},
    {"tls_require_ciphers", &M::tls_require_ciphers, Type::string, Use::expanded,
     nullptr, Standing::supported,
     "The ciphers that clients may use, in OpenSSL's words."},
    {"openssl_options", &M::openssl_options, Type::string_list, Use::literal,
     "+no_sslv2 +no_sslv3 +single_dh_use +no_ticket +no_renegotiation", Standing::supported,
     "Options of the TLS library: names with + or -."},
    {"tls_dhparam", {}, Type::string, Use::expanded, nullptr, Standing::moot,
     "Finite-field Diffie-Hellman is never used: keys are agreed on by elliptic curves."},
    {"tls_dh_max_bits", {}, Type::integer, Use::literal, "2236", Standing::moot,
     "Finite-field Diffie-Hellman is never used."},
    {"tls_eccurve", &M::tls_eccurve, Type::string, Use::expanded, "auto", Standing::supported,
     "The elliptic curves that are used."},
    {"tls_verify_hosts", &M::tls_verify_hosts, Type::host_list, Use::expanded, nullptr, Standing::supported,
     "Clients that must show a good certificate."},
    {"tls_try_verify_hosts", &M::tls_try_verify_hosts, Type::host_list, Use::expanded,
     nullptr, Standing::supported,
     "Clients that are asked for a certificate; ACLs see the outcome."},
    {"tls_verify_certificates", &M::tls_verify_certificates, Type::string, Use::expanded,
     "system", Standing::supported,
     "Where the certificates lie against which a client's is checked; \"system\" are the machine's own."},
    {"tls_crl", &M::tls_crl, Type::string, Use::expanded, nullptr, Standing::supported,
     "A file with certificates that have been revoked."},
    {"tls_ocsp_file", {}, Type::string_list, Use::expanded, nullptr, Standing::supported,
     "The files with the certificates' OCSP answers, in their order, shown to clients that ask; in DER form, or, behind the "
     "word PEM, in that. The same for every client."},
    {"tls_remember_esmtp", {}, Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a client may go on after STARTTLS without a new EHLO."},
    {"tls_resumption_hosts", {}, Type::host_list, Use::expanded, nullptr, Standing::supported,
     "Clients that are given tickets for TLS sessions, and may resume one by them (see tls_ticket_key_lifetime)."},
    {"tls_early_banner_hosts", {}, Type::host_list, Use::expanded, nullptr, Standing::not_yet,
     "The greeting is said when the TLS handshake is done and its certificates and ALPN are judged; that costs a round trip and no more."},
    {"tls_alpn", {}, Type::string_list, Use::expanded, "smtp:esmtp", Standing::supported,
     "The protocol names that a client may ask for; one that asks for others, or for more than one, is declined."},
    {"hosts_require_alpn", {}, Type::host_list, Use::expanded, nullptr, Standing::supported,
     "Clients that must name a protocol of tls_alpn in the TLS handshake."},
    {"gnutls_compat_mode", {}, Type::boolean, Use::literal, nullptr, Standing::moot,
     "GnuTLS is not used."},
    {"gnutls_allow_auto_pkcs11", {}, Type::boolean, Use::literal, nullptr, Standing::moot,
     "GnuTLS is not used."},
};
// clang-format on

}

std::span<const config::Param<Tls>> Tls::params()
{
    return rows;
}

}
