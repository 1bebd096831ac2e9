// What a transport wants of TLS with one host, and the contexts that do it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/net/address.h"
#include "common/tls/context.h"
#include "common/tls/stream.h"
#include "delivery/remote/host_list.h"
#include "delivery/remote/options.h"
#include "delivery/remote/parameters.h"
#include "delivery/remote/tls_sessions.h"

namespace gp::remote {

struct TlsPolicy {
    bool avoid = false;    // hosts_avoid_tls: not even when it is offered
    bool require = false;  // hosts_require_tls: nothing goes in clear
    bool clear_after_failure = true; // tls_tempfail_tryclear
    bool require_alpn = false;
    bool require_ocsp = false; // hosts_require_ocsp: a good answer comes with the certificate
    bool dane = false; // TLSA records decide, and nothing goes in clear
    bool resume = false; // tls_resumption_hosts
    // Of the message: REQUIRETLS, so that a host without authenticated TLS and REQUIRETLS of its own does not get it; and
    // TLS-Required: No, so that nothing above or below ends the delivery (RFC 8689 section 4.2).
    bool is_demanded = false, is_waived = false;
    bool may_reuse = true; // hosts_nopass_tls, hosts_noproxy_tls
    tls::ServerName server;

    // `certificate_name`: whom the certificate must name, where that is not host_name.
    static Result<TlsPolicy> of(const SmtpOptions& options, const HostLists& lists, std::string_view host_name,
                                const net::Address& address, std::string_view certificate_name = {});
};

// Contexts by the options that make them; few differ, so few are kept.
class TlsContexts {
public:
    using SignerFor = std::function<tls::Signer(std::uint32_t key)>;
    TlsContexts(const Parameters& parameters, SignerFor signer_for)
        : parameters_(parameters), signer_for_(std::move(signer_for)), sessions_(std::make_shared<TlsSessions>(parameters.tls_sessions_max))
    {
    }

    Result<tls::Context> get(const SmtpOptions& options);
    // What a session depends on of these options, and on the files that they name, as a text.
    static std::string key_of(const SmtpOptions& options);
    // Of all of them. Connections hold on to it, for a server may give another session at any time.
    const std::shared_ptr<TlsSessions>& sessions() const { return sessions_; }
    static constexpr std::size_t max_kept = 64;

private:
    Result<tls::Context> make(const SmtpOptions& options);
    Result<tls::TrustStore> trust(const std::string& tls_verify_certificates);
    Result<tls::Identity> identity(const std::string& tls_certificate);

    const Parameters& parameters_;
    SignerFor signer_for_;
    struct Kept {
        std::string stamp; // of the files that it was made of
        tls::Context context;
    };
    std::map<std::string, Kept> contexts_;
    std::map<std::string, tls::TrustStore> stores_;
    std::shared_ptr<TlsSessions> sessions_;
};

}
