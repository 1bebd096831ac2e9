// "What may this client do with TLS?" Asked before a handshake, where tls_resumption_hosts or hosts_require_alpn is not
// the same for all clients; with TLS from the first octet nothing else has been asked by then.
#pragma once

#include <string_view>

#include "common/mail/envelope.h"

namespace gp::router {

struct TlsAnswer {
    bool may_resume = false; // tls_resumption_hosts (manual 43.17)
    bool needs_alpn = false; // hosts_require_alpn
    static void fields(auto& self, auto&& field)
    {
        field("may_resume", self.may_resume);
        field("needs_alpn", self.needs_alpn);
    }
};

struct AskTls {
    static constexpr std::string_view name = "ask_tls";
    static constexpr bool repeatable = true;
    using Reply = TlsAnswer;
    mail::Origin origin;
    static void fields(auto& self, auto&& field) { field("origin", self.origin); }
};

}
