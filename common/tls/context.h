// What many TLS sessions share: identities, trust, ciphers, versions. Made once, used by every stream.
//
// TLS 1.2 is the floor unless min_version says 1.0 or 1.1 for old peers; compression and renegotiation are
// off; buffers are given back while a session is idle.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/tls/key.h"
#include "common/tls/ticket_keys.h"

using SSL_CTX = struct ssl_ctx_st;

namespace gp::tls {

// A certificate chain, leaf first, and its key.
struct Identity {
    std::string chain_pem;
    PrivateKey key;
    std::string ocsp = {}; // server: what its responder says of it (ocsp.h); empty: nothing is shown
};

// Certificates of authorities, parsed when they are first needed.
class TrustStore {
public:
    TrustStore() = default;
    explicit TrustStore(std::string pem);            // of any number of certificates; may be empty
    static Result<std::string> read_file(const std::string& path); // bounded; for a bundle, before the jail
    // The system's bundle: the first of the usual places that exists. Empty when there is none.
    static std::string read_system();
    static constexpr std::size_t max_size = 16 * 1024 * 1024;
    bool empty() const { return !shared_; }

private:
    friend class Context;
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

enum class Version { tls1_0, tls1_1, tls1_2, tls1_3 };

struct ContextSettings {
    std::vector<Identity> identities; // one of each key type at most; a server needs one
    TrustStore trust;                 // whose signature makes a peer's certificate good
    std::string crl_pem;              // tls_crl
    std::string ciphers;              // tls_require_ciphers: OpenSSL's cipher string; empty: its default
    std::string groups;               // tls_eccurve: names between colons; empty or "auto": the library's choice
    std::string options;              // openssl_options: "+no_sslv2 -all", as Exim names them
    Version min_version = Version::tls1_2;
    Version max_version = Version::tls1_3;
    std::vector<std::string> alpn;    // server: protocols it takes (any other is refused); client: what it offers
    bool request_certificate = false; // server: ask the client for one (tls_try_verify_hosts, tls_verify_hosts)
    bool require_certificate = false; // server: and refuse one that is missing or not good
    // Server: what session tickets are sealed with. None: nobody resumes a session; else whom accept() lets.
    std::shared_ptr<const TicketKeys> ticket_keys = {};
};

// Whether texts of a configuration can be obeyed: openssl_options, tls_eccurve, tls_require_ciphers.
Status check_options(std::string_view options);
Status check_groups(const std::string& groups);
Status check_ciphers(const std::string& ciphers);

// The identity for a client that asks for this name, perhaps an empty one; null: the handshake fails. Called on the fiber
// that shakes hands, which may wait in it. What it gives must live as long as the session.
class Context;
using Chooser = std::function<const Context*(const std::string& sni)>;

class Context {
public:
    static Result<Context> server(const ContextSettings& settings);
    static Result<Context> client(const ContextSettings& settings);

    SSL_CTX* get() const { return context_.get(); }
    bool is_server() const { return is_server_; }

private:
    Context(std::shared_ptr<SSL_CTX> context, bool is_server) : context_(std::move(context)), is_server_(is_server) {}
    static Result<Context> make(const ContextSettings& settings, bool is_server);
    Status use_tickets(const ContextSettings& settings);
    std::shared_ptr<SSL_CTX> context_;
    bool is_server_;
    std::shared_ptr<const std::string> alpn_; // wire form, where the callback of a server finds it
    std::shared_ptr<const TicketKeys> ticket_keys_; // likewise
};

}
