// keyd signs the to-be-signed block of a TLS handshake or of a DKIM signature, whole, after checking that it is one; and
// nothing else. Keys are known by number; they never leave.
//
// It also makes what processes that serve TLS seal session tickets with. Those keys do leave: each handshake needs them in
// its own process. So they are keys of their own kind, good for an hour or two and for resumption alone, given to smtpd
// and to nobody else, each pool of smtpd its own, on no disk, and gone with keyd.
#pragma once

#include <string.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace gp::keyd {

struct SignReply {
    std::string signature;
    static void fields(auto& self, auto&& field) { field("signature", self.signature); }
};

// "What do I seal session tickets with?" Where keyd is several processes each has keys of its own, and a ticket of another
// one's is not taken: the handshake is done in full.
struct TicketKeysReply {
    std::string now, before;     // name and secret (common/tls/ticket_keys.h), 80 octets; the one before opens only
    std::uint32_t good_for_ms = 0; // then there is a new one
    // Each copy is wiped when it goes.
    ~TicketKeysReply()
    {
        ::explicit_bzero(now.data(), now.size());
        ::explicit_bzero(before.data(), before.size());
    }
    static void fields(auto& self, auto&& field)
    {
        field("now", self.now);
        field("before", self.before);
        field("good_for_ms", self.good_for_ms);
    }
};
struct AskTicketKeys {
    static constexpr std::string_view name = "ticket_keys";
    static constexpr bool repeatable = true;
    using Reply = TicketKeysReply;
    static void fields(auto&, auto&&) {}
};

struct Sign {
    static constexpr std::string_view name = "sign";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 2 * 1024 * 1024; // the signed headers of a message
    using Reply = SignReply;
    std::uint32_t key = 0;       // index of the certificate in the parameter block
    std::string digest;          // OpenSSL's name: "SHA256"; empty for one-shot algorithms
    bool pss = false;            // RSA-PSS with salt length = digest length
    std::string block;           // TLS 1.3 CertificateVerify content (RFC 8446 section 4.4.3) or
                                 // TLS 1.2 randoms and ECDHE parameters (RFC 8422 section 5.4), or what a
                                 // DKIM-Signature signs (RFC 6376 section 3.7)
    static void fields(auto& self, auto&& field)
    {
        field("key", self.key);
        field("digest", self.digest);
        field("pss", self.pss);
        field("block", self.block);
    }
};

}
