// TLS over any Stream, itself a Stream: sessions are written once and speak either.
//
// The layer below is borrowed and must outlive this one. One fiber reads, one may write at the same time; the
// handshake runs on one fiber. What the peer says in clear before the handshake must have been taken or refused
// by the caller: this layer reads from the Stream below, never from a LineReader's buffer.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/event/stream.h"
#include "common/tls/certificate.h"
#include "common/tls/context.h"
#include "common/tls/ocsp.h"

using SSL = struct ssl_st;

namespace gp::tls {

// Manual 43.17: $tls_in_resumption and $tls_out_resumption.
enum Resumption : unsigned { resumption_supported = 1, ticket_requested = 2, session_offered = 4, ticket_issued = 8, session_resumed = 16 };

struct SessionFacts {
    std::string version;   // "TLS1.3"
    std::string cipher;    // "TLS1.3:TLS_AES_256_GCM_SHA384:256": what X= shows
    std::string cipher_name; // "TLS_AES_256_GCM_SHA384": the standard's name, for Received: and $tls_*_cipher_std
    unsigned bits = 0;
    std::string sni;       // server: what the client asked for
    std::string alpn;
    bool resumed = false;
    unsigned resumption = 0;         // what came of it, as $tls_in_resumption has it: bits of Resumption
    Ocsp ocsp = Ocsp::not_requested; // server: verified when the client asked for an answer and got one
    bool verified = false;      // the peer's certificate is good, and covers the name when one was asked for
    std::string verify_error;   // why it is not; empty when there is none
    bool dane = false;          // verified so by a TLSA record
    unsigned tlsa_usages = 0;   // of the records that were used, as bits
    std::optional<Certificate> peer;
    std::string peer_pem;
    std::vector<std::string> chain; // as PEM, the peer's own first
};

// A TLSA record (RFC 6698).
struct TlsAssociation {
    std::uint8_t usage = 0, selector = 0, matching = 0;
    std::string data; // octets
};

// What names this very connection to its two ends and to nobody in between (RFC 5056).
struct ChannelBinding {
    std::string type; // "tls-exporter" (RFC 9266), "tls-unique" (RFC 5929)
    std::string data; // octets
};

// What a client wants of the server it connects to.
struct ServerName {
    std::string sni;                       // empty: none is sent
    std::vector<std::string> verify_names; // the certificate must cover one of them; empty: no name is checked
    bool must_verify = false;              // an unverified server ends the handshake
    bool is_judged = true;                 // false: nobody asked whether the certificate is good, and nothing says that it is
    std::string dane_base;                 // with DANE: the name that TLSA records were found for
    std::vector<TlsAssociation> tlsa;      // and those of RFC 7672: usages 2 and 3; they alone verify the server
    bool wants_chain = false;              // SessionFacts::chain is of interest
    bool asks_status = false;              // OCSP: SessionFacts::ocsp is
    // Resumption: the session to go on with, as it was kept, and who keeps those that the server gives for the next time.
    // That may come with any octets that are read later, so that the keeper must live as long as the stream.
    std::string session;
    std::function<void(std::string session)> keep_session;
};

// What a server lets a client do.
struct ClientRights {
    bool may_resume = false;  // with a context that has ticket keys
    bool must_name_protocol = false; // no ALPN, no TLS
    bool must_show_certificate = false; // nor without a good certificate
};

class TlsStream final : public event::Stream {
public:
    // Errors: temporary, the text as OpenSSL has it, cause timeout or closed where it was that.
    static Result<std::unique_ptr<TlsStream>> accept(event::Stream& below, const Context& context,
                                                     event::Deadline until, const Chooser& choose = {},
                                                     const ClientRights& rights = {});
    static Result<std::unique_ptr<TlsStream>> connect(event::Stream& below, const Context& context,
                                                      const ServerName& server, event::Deadline until);
    ~TlsStream() override;

    const SessionFacts& facts() const { return facts_; }
    // An administrator's text does not take the certificate.
    void distrust(std::string why)
    {
        facts_.verified = facts_.dane = false;
        facts_.verify_error = std::move(why);
    }
    // Of the two, the certificate that we showed, as PEM; empty: none.
    std::string own_certificate() const;
    // What a login can be bound to, what is usual for the version first: "tls-exporter" with TLS 1.3; below that
    // "tls-unique" and then the other, and nothing without an extended master secret (RFC 9266 section 4.2), since two
    // connections could be given the same one then.
    std::vector<ChannelBinding> channel_bindings() const;
    // Whether there are any, at no cost.
    bool has_channel_bindings() const;

    Result<std::size_t> read(std::span<char> into, event::Deadline until) override;
    Status wait_readable(event::Deadline until) override;
    Status write(std::string_view bytes, event::Deadline until) override;
    bool has_input() override;
    void finish() override; // close_notify; without waiting
    void abort() override;
    int fd() const override { return below_.fd(); }

    // True when the peer said close_notify; an end of stream without it was cut off.
    bool closed_cleanly() const { return closed_cleanly_; }

private:
    TlsStream(event::Stream& below, SSL* ssl);
    Status offer_session(const ServerName& server);
    friend class SessionSink;
    Status use_dane(SSL* ssl, const ServerName& server);
    Status handshake(event::Deadline until);
    Status flush(event::Deadline until);
    Status flush_in_turn(event::Deadline until);
    Result<bool> fill(event::Deadline until); // false: end of stream
    Error failure(std::string_view doing);
    void learn(const ServerName* server);

    struct Pipe; // the encrypted octets between OpenSSL and the Stream below
    event::Stream& below_;
    std::unique_ptr<Pipe> pipe_;
    SSL* ssl_;
    SessionFacts facts_;
    bool closed_cleanly_ = false;
    bool broken_ = false;
    bool is_established_ = false;
    std::function<void(std::string)> keep_session_;
    std::size_t barren_ = 0; // octets since the last that had text in it
};

}
