#include "common/tls/context.h"

#include "common/base/owned_fd.h"
#include "common/tls/detail/openssl.h"
#include "common/tls/detail/server_handshake.h"
#include "common/tls/detail/settings.h"
#include "common/tls/ocsp.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace gp::tls {

// Parsed on first use, for a service that never speaks TLS should not pay for 140 authorities.
struct TrustStore::Shared {
    explicit Shared(std::string text) : pem(std::move(text)), digest(digest_of(pem)) {}
    ~Shared() { X509_STORE_free(store); }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;

    X509_STORE* get()
    {
        if (store)
            return store;
        store = X509_STORE_new();
        const auto text = read_only(pem);
        while (const CertificateHandle one{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)})
            X509_STORE_add_cert(store, one.get());
        take_errors(); // the end of the text is one
        pem.clear();
        pem.shrink_to_fit();
        return store;
    }

    static std::string digest_of(std::string_view text)
    {
        std::string out(SSL_MAX_SID_CTX_LENGTH, '\0'); // 32: SHA-256's
        SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), reinterpret_cast<unsigned char*>(out.data()));
        return out;
    }

    std::string pem;
    const std::string digest; // of the text
    X509_STORE* store = nullptr;
};

namespace {

// Neither static RSA nor finite-field Diffie-Hellman: keyd decrypts nothing and signs elliptic parameters only.
constexpr std::string_view server_exclusions = ":!kRSA:!kDHE:!aNULL:!eNULL";
constexpr std::string_view client_exclusions = ":!aNULL:!eNULL";

int version_number(Version version)
{
    static constexpr std::array numbers = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
    return numbers.at(static_cast<std::size_t>(version));
}

Error misconfigured_tls(std::string_view what)
{
    auto error = openssl_error(what);
    error.blame = Blame::configuration;
    return error;
}

Status use_identity(SSL_CTX* context, const Identity& identity)
{
    const auto text = read_only(identity.chain_pem);
    const CertificateHandle leaf(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    if (!leaf)
        return misconfigured_tls("certificate");
    if (SSL_CTX_use_certificate(context, leaf.get()) != 1)
        return misconfigured_tls("certificate");
    SSL_CTX_clear_chain_certs(context);
    while (X509* next = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr))
        if (SSL_CTX_add0_chain_cert(context, next) != 1) {
            X509_free(next);
            return misconfigured_tls("certificate chain");
        }
    take_errors();
    if (SSL_CTX_use_PrivateKey(context, identity.key.get()) != 1)
        return misconfigured_tls("private key");
    if (!identity.ocsp.empty())
        add_status(context, identity.ocsp);
    return {};
}

Status use_revocations(SSL_CTX* context, const std::string& pem)
{
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    const auto text = read_only(pem);
    while (X509_CRL* list = PEM_read_bio_X509_CRL(text.get(), nullptr, nullptr, nullptr)) {
        X509_STORE_add_crl(store, list);
        X509_CRL_free(list);
    }
    take_errors();
    // Asked of this context alone: the store may belong to others too, to whom its lists do no harm.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return {};
}

// TLS 1.3 suites have names of their own kind, and are chosen by a call of their own.
Status use_ciphers(SSL_CTX* context, const std::string& wanted, std::string_view exclusions)
{
    const std::string list = (wanted.empty() ? std::string("DEFAULT") : wanted) + std::string(exclusions);
    if (SSL_CTX_set_cipher_list(context, list.c_str()) != 1)
        return misconfigured_tls("tls_require_ciphers = " + wanted);
    return {};
}

std::string alpn_wire(const std::vector<std::string>& names)
{
    std::string out; // RFC 7301 section 3.1
    for (const auto& name : names)
        if (!name.empty() && name.size() < 256) {
            out += static_cast<char>(name.size());
            out += name;
        }
    return out;
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned offered_size,
                void* ours)
{
    const auto& wire = *static_cast<const std::string*>(ours);
    // Manual, tls_alpn: a client that offers more than one name is declined too; mail has one, and somebody who has lured a
    // browser here has several (ALPACA).
    if (offered_size == 0 || offered_size != 1u + offered[0])
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, size, reinterpret_cast<const unsigned char*>(wire.data()),
                              static_cast<unsigned>(wire.size()), offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL; // RFC 7301 section 3.2
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

// Called for every handshake, with or without a name.
int choose_identity(SSL* ssl, int* alert, void*)
{
    const auto* handshake = ServerHandshake::of(ssl);
    if (!handshake || !handshake->choose)
        return SSL_TLSEXT_ERR_NOACK;
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const auto* chosen = handshake->choose(name ? name : "");
    if (!chosen || !SSL_set_SSL_CTX(ssl, chosen->get())) {
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    return name ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void set_common(SSL_CTX* context, const ContextSettings& settings)
{
    SSL_CTX_set_min_proto_version(context, version_number(settings.min_version));
    SSL_CTX_set_max_proto_version(context, version_number(settings.max_version));
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET); // taken back for each session that may be resumed
    SSL_CTX_set_read_ahead(context, 0);
}

}

TrustStore::TrustStore(std::string pem)
{
    if (!pem.empty())
        shared_ = std::make_shared<Shared>(std::move(pem));
}

Result<std::string> TrustStore::read_file(const std::string& path)
{
    const OwnedFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0)
        return system_error("open " + path);
    if (!S_ISREG(status.st_mode) || static_cast<std::size_t>(status.st_size) > max_size)
        return misconfigured(path + " is not a file of at most 16 MiB");
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t have = 0;
    while (have < text.size()) {
        const auto got = ::read(file.get(), text.data() + have, text.size() - have);
        if (got <= 0)
            return got < 0 ? system_error("read " + path) : temporary(path + " became shorter while it was read");
        have += static_cast<std::size_t>(got);
    }
    return text;
}

std::string TrustStore::read_system()
{
    for (const char* path : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"})
        if (auto text = read_file(path))
            return std::move(*text);
    return {};
}

Result<Context> Context::server(const ContextSettings& settings)
{
    if (settings.identities.empty())
        return misconfigured("a TLS server needs a certificate (tls_certificate)");
    return make(settings, true);
}

Result<Context> Context::client(const ContextSettings& settings)
{
    return make(settings, false);
}

// A session is resumed only where a full handshake would have judged the client by the same authorities: what was found of
// its certificate is in the ticket and is not looked at again.
Status Context::use_tickets(const ContextSettings& settings)
{
    ticket_keys_ = settings.ticket_keys;
    SSL_CTX_set_app_data(context_.get(), const_cast<TicketKeys*>(ticket_keys_.get()));
    const std::string judged_by = (settings.trust.empty() ? std::string{} : settings.trust.shared_->digest) + settings.crl_pem +
                                  (settings.request_certificate ? "asks" : "") + (settings.require_certificate ? "requires" : "");
    const auto id = TrustStore::Shared::digest_of(judged_by);
    if (SSL_CTX_set_session_id_context(context_.get(), reinterpret_cast<const unsigned char*>(id.data()),
                                       static_cast<unsigned>(id.size())) != 1 ||
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context_.get(), &seal_ticket) != 1)
        return openssl_error("session tickets");
    return {};
}

Result<Context> Context::make(const ContextSettings& settings, bool is_server)
{
    initialise();
    take_errors();
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()), &SSL_CTX_free);
    if (!context)
        return openssl_error("TLS context");
    set_common(context.get(), settings);
    TRY(use_ciphers(context.get(), settings.ciphers, is_server ? server_exclusions : client_exclusions));
    TRY(use_groups(context.get(), settings.groups));
    TRY(use_options(context.get(), settings.options));
    for (const auto& identity : settings.identities)
        TRY(use_identity(context.get(), identity));
    if (!settings.trust.empty())
        SSL_CTX_set1_cert_store(context.get(), settings.trust.shared_->get());
    if (!settings.crl_pem.empty())
        TRY(use_revocations(context.get(), settings.crl_pem));
    if (!is_server && SSL_CTX_dane_enable(context.get()) <= 0)
        return openssl_error("DANE");
    Context made(context, is_server);
    if (is_server)
        SSL_CTX_set_tlsext_servername_callback(context.get(), &choose_identity);
    if (is_server && settings.ticket_keys)
        TRY(made.use_tickets(settings));
    if (is_server && settings.request_certificate)
        SSL_CTX_set_verify(context.get(),
                           SSL_VERIFY_PEER | (settings.require_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                           settings.require_certificate ? nullptr : +[](int, X509_STORE_CTX*) { return 1; });
    if (!settings.alpn.empty()) {
        made.alpn_ = std::make_shared<const std::string>(alpn_wire(settings.alpn));
        if (is_server)
            SSL_CTX_set_alpn_select_cb(context.get(), &choose_alpn, const_cast<std::string*>(made.alpn_.get()));
        else
            SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(made.alpn_->data()),
                                    static_cast<unsigned>(made.alpn_->size()));
    }
    return made;
}

}
