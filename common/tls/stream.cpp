#include "common/tls/stream.h"

#include "common/base/counters.h"
#include "common/base/text.h"
#include "common/tls/detail/openssl.h"
#include "common/tls/detail/server_handshake.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>

namespace gp::tls {
namespace {

constexpr std::size_t read_size = 16 * 1024 + 512; // a whole record in one read
constexpr std::size_t flush_size = 256 * 1024;     // encrypted octets gathered before they are written
constexpr std::size_t record_size = 16 * 1024;
constexpr std::chrono::minutes reader_patience{5}; // for a peer to take what reading has made us say: answers to changes of keys
// Octets in which the peer says nothing to the reader: a record that has begun, tickets, a few changes of keys. Each
// change makes OpenSSL add to what is to be written, and a loop that reads them would not end.
constexpr std::size_t most_barren = 64 * 1024;
constexpr std::size_t tickets_for_one = 2; // TLS 1.3: a client that has two connections at once needs one for each

std::string pem_of(X509* certificate)
{
    BIO* memory = BIO_new(BIO_s_mem());
    std::string out;
    char* text = nullptr;
    if (memory && PEM_write_bio_X509(memory, certificate) == 1)
        if (const long size = BIO_get_mem_data(memory, &text); size > 0)
            out.assign(text, static_cast<std::size_t>(size));
    BIO_free(memory);
    return out;
}

}

// What OpenSSL reads and writes. Both buffers are given back when they are empty.
struct TlsStream::Pipe {
    std::string in, out;
    std::size_t in_at = 0;
    bool in_ended = false;
    bool flushing = false; // a fiber writes what is in `out`; others only add to it
    event::Notice* waiting = nullptr; // of a writer that has added enough

    static Pipe& of(BIO* bio) { return *static_cast<Pipe*>(BIO_get_data(bio)); }

    bool has_input() const { return in_at < in.size(); }

    static int read(BIO* bio, char* into, int size)
    {
        auto& pipe = of(bio);
        BIO_clear_retry_flags(bio);
        if (!pipe.has_input()) {
            if (!pipe.in_ended)
                BIO_set_retry_read(bio);
            return pipe.in_ended ? 0 : -1;
        }
        const auto count = std::min(static_cast<std::size_t>(size), pipe.in.size() - pipe.in_at);
        std::memcpy(into, pipe.in.data() + pipe.in_at, count);
        pipe.in_at += count;
        if (!pipe.has_input()) {
            std::string().swap(pipe.in); // an assignment would keep the buffer
            pipe.in_at = 0;
        }
        return static_cast<int>(count);
    }
    static int write(BIO* bio, const char* from, int size)
    {
        BIO_clear_retry_flags(bio);
        of(bio).out.append(from, static_cast<std::size_t>(size));
        return size;
    }
    static long control(BIO* bio, int command, long, void*)
    {
        if (command == BIO_CTRL_FLUSH)
            return 1;
        return command == BIO_CTRL_EOF ? of(bio).in_ended && !of(bio).has_input() : 0;
    }
    static int create(BIO* bio)
    {
        BIO_set_init(bio, 1);
        return 1;
    }

    static BIO* make(Pipe* pipe)
    {
        static BIO_METHOD* const method = [] {
            auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
            BIO_meth_set_read(made, &Pipe::read);
            BIO_meth_set_write(made, &Pipe::write);
            BIO_meth_set_ctrl(made, &Pipe::control);
            BIO_meth_set_create(made, &Pipe::create);
            return made;
        }();
        BIO* bio = BIO_new(method);
        BIO_set_data(bio, pipe);
        return bio;
    }
};

TlsStream::TlsStream(event::Stream& below, SSL* ssl) : below_(below), pipe_(std::make_unique<Pipe>()), ssl_(ssl)
{
    BIO* bio = Pipe::make(pipe_.get());
    SSL_set_bio(ssl_, bio, bio);
}

TlsStream::~TlsStream()
{
    SSL_free(ssl_);
    take_errors();
}

// What a server gives a client for the next time; with TLS 1.3 it comes behind the handshake.
class SessionSink {
public:
    static int take(SSL* ssl, SSL_SESSION* session)
    {
        auto* stream = static_cast<TlsStream*>(SSL_get_app_data(ssl));
        if (!stream || !stream->keep_session_ || SSL_SESSION_is_resumable(session) != 1)
            return 0;
        stream->facts_.resumption |= ticket_issued;
        const int size = i2d_SSL_SESSION(session, nullptr);
        std::string octets(static_cast<std::size_t>(std::max(size, 0)), '\0');
        auto* into = reinterpret_cast<unsigned char*>(octets.data());
        if (size > 0 && i2d_SSL_SESSION(session, &into) == size)
            stream->keep_session_(std::move(octets));
        return 0; // it stays the library's
    }
};

Status TlsStream::offer_session(const ServerName& server)
{
    SSL_set_app_data(ssl_, this);
    facts_.resumption = resumption_supported;
    if (!server.keep_session)
        return {};
    keep_session_ = server.keep_session;
    facts_.resumption |= ticket_requested;
    SSL_clear_options(ssl_, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(SSL_get_SSL_CTX(ssl_), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(SSL_get_SSL_CTX(ssl_), &SessionSink::take);
    if (server.session.empty())
        return {};
    const auto* octets = reinterpret_cast<const unsigned char*>(server.session.data());
    const std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session{
        d2i_SSL_SESSION(nullptr, &octets, static_cast<long>(server.session.size())), &SSL_SESSION_free};
    if (session && SSL_set_session(ssl_, session.get()) == 1)
        facts_.resumption |= session_offered;
    take_errors(); // one that is not understood any more is not offered
    return {};
}

Result<std::unique_ptr<TlsStream>> TlsStream::accept(event::Stream& below, const Context& context, event::Deadline until,
                                                     const Chooser& choose, const ClientRights& rights)
{
    SSL* ssl = SSL_new(context.get());
    if (!ssl)
        return openssl_error("TLS session");
    std::unique_ptr<TlsStream> stream(new TlsStream(below, ssl));
    SSL_set_accept_state(ssl);
    if (rights.may_resume && SSL_CTX_get_app_data(context.get())) {
        SSL_clear_options(ssl, SSL_OP_NO_TICKET);
        SSL_set_num_tickets(ssl, tickets_for_one);
    } else {
        SSL_set_options(ssl, SSL_OP_NO_TICKET);
    }
    if (rights.must_show_certificate)
        SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    ServerHandshake handshake{choose};
    SSL_set_app_data(ssl, &handshake); // it is over before we return
    const auto done = stream->handshake(until);
    SSL_set_app_data(ssl, nullptr);
    count(done ? "tls_handshakes in done" : "tls_handshakes in failed");
    TRY(done);
    stream->facts_.resumption = handshake.resumption;
    stream->learn(nullptr);
    if (rights.must_name_protocol && stream->facts_.alpn.empty())
        return permanent("ALPN required but not negotiated");
    return stream;
}

Result<std::unique_ptr<TlsStream>> TlsStream::connect(event::Stream& below, const Context& context,
                                                      const ServerName& server, event::Deadline until)
{
    SSL* ssl = SSL_new(context.get());
    if (!ssl)
        return openssl_error("TLS session");
    std::unique_ptr<TlsStream> stream(new TlsStream(below, ssl));
    SSL_set_connect_state(ssl);
    if (!server.sni.empty() && SSL_set_tlsext_host_name(ssl, server.sni.c_str()) != 1)
        return openssl_error("TLS server name");
    // With SSL_VERIFY_NONE the chain is verified too; only the handshake goes on when it is not good.
    SSL_set_verify(ssl, server.must_verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    TRY(stream->use_dane(ssl, server));
    for (const auto& name : server.verify_names)
        if (SSL_add1_host(ssl, name.c_str()) != 1)
            return openssl_error("TLS host name");
    if (server.asks_status)
        ask_for_status(ssl);
    TRY(stream->offer_session(server));
    const auto done = stream->handshake(until);
    count(done ? "tls_handshakes out done" : "tls_handshakes out failed");
    TRY(done);
    stream->learn(&server);
    // Of a session that goes on nothing is verified anew: what was found of its beginning is what there is.
    if (server.must_verify && stream->facts_.resumed && !stream->facts_.verified)
        return temporary("TLS handshake: certificate verify failed: the session that was resumed was not verified");
    return stream;
}

// RFC 7672 section 3.1: usages 2 and 3 alone; with usage 3 neither names nor times count.
Status TlsStream::use_dane(SSL* ssl, const ServerName& server)
{
    if (server.dane_base.empty())
        return {};
    if (SSL_dane_enable(ssl, server.dane_base.c_str()) <= 0)
        return openssl_error("DANE");
    SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    bool any = false;
    for (const auto& one : server.tlsa) {
        if (one.usage != 2 && one.usage != 3)
            continue;
        const auto* data = reinterpret_cast<const unsigned char*>(one.data.data());
        if (SSL_dane_tlsa_add(ssl, one.usage, one.selector, one.matching, data, one.data.size()) <= 0)
            continue; // of a kind that this library does not know
        any = true;
        facts_.tlsa_usages |= 1u << one.usage;
    }
    take_errors();
    return any ? Status{} : temporary("no TLSA record can be used");
}

Error TlsStream::failure(std::string_view doing)
{
    broken_ = true;
    const long verified = SSL_get_verify_result(ssl_);
    auto reason = take_errors();
    if (reason == "certificate verify failed" && verified != X509_V_OK)
        reason += std::string(": ") + X509_verify_cert_error_string(verified);
    return temporary(std::string(doing) + ": " + (reason.empty() ? "connection closed" : reason),
                     reason.empty() ? Cause::closed : Cause::other);
}

Status TlsStream::handshake(event::Deadline until)
{
    for (;;) {
        take_errors(); // another fiber's must not be taken for ours
        const int done = SSL_do_handshake(ssl_);
        const int what = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, done);
        if (what == SSL_ERROR_NONE) {
            is_established_ = true; // before, OpenSSL has its own bounds
            barren_ = 0;
            return flush(until);
        }
        if (what != SSL_ERROR_WANT_READ) {
            auto error = failure("TLS handshake");
            (void)!flush(until); // the alert
            return error;
        }
        TRY(flush(until));
        if (!TRY(fill(until))) {
            broken_ = true;
            return temporary("TLS handshake: the connection was closed", Cause::closed);
        }
    }
}

Status TlsStream::flush(event::Deadline until)
{
    if (pipe_->flushing)
        return {}; // whoever writes now takes this along
    pipe_->flushing = true;
    Status written;
    while (written && !pipe_->out.empty()) {
        const std::string sending = std::exchange(pipe_->out, {});
        written = below_.write(sending, until);
    }
    pipe_->flushing = false;
    if (!written)
        broken_ = true;
    if (pipe_->waiting)
        pipe_->waiting->notify();
    return written;
}

// What is written is not to pile up behind a fiber that waits for the peer to read.
Status TlsStream::flush_in_turn(event::Deadline until)
{
    while (pipe_->flushing && pipe_->out.size() >= flush_size) {
        event::Notice done;
        pipe_->waiting = &done;
        const bool is_done = done.wait(until);
        pipe_->waiting = nullptr;
        if (!is_done) {
            broken_ = true;
            return temporary("TLS write: the peer does not read", Cause::timeout);
        }
        if (broken_)
            return temporary("TLS: the connection is no longer usable", Cause::closed);
    }
    return flush(until);
}

Result<bool> TlsStream::fill(event::Deadline until)
{
    char buffer[read_size];
    const auto got = TRY(below_.read(buffer, until));
    pipe_->in.append(buffer, got);
    barren_ += got;
    if (is_established_ && barren_ > most_barren) {
        broken_ = true;
        return temporary("TLS: the peer sends records that hold nothing", Cause::closed);
    }
    if (got == 0)
        pipe_->in_ended = true;
    return got > 0;
}

void TlsStream::learn(const ServerName* server)
{
    facts_.version = replace_all(SSL_get_version(ssl_), "TLSv", "TLS");
    if (facts_.version == "TLS1")
        facts_.version = "TLS1.0";
    if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_)) {
        facts_.bits = static_cast<unsigned>(SSL_CIPHER_get_bits(cipher, nullptr));
        facts_.cipher = facts_.version + ":" + SSL_CIPHER_get_name(cipher) + ":" + std::to_string(facts_.bits);
        facts_.cipher_name = SSL_CIPHER_standard_name(cipher) ? SSL_CIPHER_standard_name(cipher) : "";
    }
    if (const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name))
        facts_.sni = escape(name);
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &protocol, &size);
    facts_.alpn = escape({reinterpret_cast<const char*>(protocol), size});
    facts_.resumed = SSL_session_reused(ssl_) == 1;
    facts_.resumption |= facts_.resumed ? resumption_supported | session_resumed : resumption_supported;
    if (server && server->asks_status)
        facts_.ocsp = judge_status(ssl_);
    if (!server && SSL_get_tlsext_status_type(ssl_) == TLSEXT_STATUSTYPE_ocsp)
        facts_.ocsp = shows_status(ssl_) ? Ocsp::verified : Ocsp::no_response;
    if (X509* peer = SSL_get0_peer_certificate(ssl_)) {
        const long result = SSL_get_verify_result(ssl_);
        facts_.verified = result == X509_V_OK && (!server || server->is_judged || !server->tlsa.empty());
        facts_.verify_error = result == X509_V_OK ? "" : X509_verify_cert_error_string(result);
        facts_.peer = Certificate::of(peer);
        facts_.dane = facts_.verified && SSL_get0_dane_authority(ssl_, nullptr, nullptr) >= 0;
        facts_.peer_pem = pem_of(peer);
        if (server && server->wants_chain)
            if (const auto* chain = SSL_get_peer_cert_chain(ssl_))
                for (int i = 0; i < sk_X509_num(chain); ++i)
                    facts_.chain.push_back(pem_of(sk_X509_value(chain, i)));
    } else if (server) {
        facts_.verify_error = "the server has no certificate";
    }
    take_errors();
}

std::string TlsStream::own_certificate() const
{
    X509* own = SSL_get_certificate(ssl_);
    return own ? pem_of(own) : std::string{};
}

bool TlsStream::has_channel_bindings() const
{
    return SSL_version(ssl_) >= TLS1_3_VERSION || SSL_get_extms_support(ssl_) == 1;
}

std::vector<ChannelBinding> TlsStream::channel_bindings() const
{
    std::vector<ChannelBinding> bindings;
    if (!has_channel_bindings())
        return bindings;
    char octets[64];
    if (SSL_version(ssl_) < TLS1_3_VERSION) {
        // RFC 5929 section 3.1: the first Finished message, which a resuming server sends and else the client.
        const bool ours = (SSL_is_server(ssl_) == 1) == (SSL_session_reused(ssl_) == 1);
        const auto size = ours ? SSL_get_finished(ssl_, octets, sizeof octets) : SSL_get_peer_finished(ssl_, octets, sizeof octets);
        if (size > 0)
            bindings.push_back({"tls-unique", {octets, size}});
    }
    // RFC 9266 section 2. Below TLS 1.3 an empty context is another than none; GnuTLS, and all that use it, have none.
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    constexpr std::size_t length = 32;
    if (SSL_export_keying_material(ssl_, reinterpret_cast<unsigned char*>(octets), length, label.data(), label.size(), nullptr,
                                   0, 0) == 1)
        bindings.push_back({"tls-exporter", {octets, length}});
    take_errors();
    return bindings;
}

Result<std::size_t> TlsStream::read(std::span<char> into, event::Deadline until)
{
    for (;;) {
        if (broken_)
            return temporary("TLS: the connection is no longer usable", Cause::closed);
        take_errors();
        std::size_t got = 0;
        if (SSL_read_ex(ssl_, into.data(), into.size(), &got) == 1) {
            barren_ = 0;
            return got;
        }
        const int what = SSL_get_error(ssl_, 0);
        if (what == SSL_ERROR_ZERO_RETURN) {
            closed_cleanly_ = true;
            return 0u;
        }
        if (what != SSL_ERROR_WANT_READ) {
            if (pipe_->in_ended && !pipe_->has_input()) {
                take_errors(); // cut off; many servers do not say goodbye
                return 0u;
            }
            auto error = failure("TLS read");
            (void)!flush(until);
            return error;
        }
        TRY(flush(until.sooner(event::Deadline::in(reader_patience))));
        if (!TRY(fill(until)))
            return 0u;
    }
}

Status TlsStream::wait_readable(event::Deadline until)
{
    while (!has_input())
        TRY(below_.wait_readable(until));
    return {};
}

Status TlsStream::write(std::string_view bytes, event::Deadline until)
{
    while (!bytes.empty()) {
        if (broken_)
            return temporary("TLS: the connection is no longer usable", Cause::closed);
        take_errors();
        std::size_t put = 0;
        if (SSL_write_ex(ssl_, bytes.data(), std::min(bytes.size(), record_size), &put) != 1) {
            if (SSL_get_error(ssl_, 0) != SSL_ERROR_WANT_READ)
                return failure("TLS write");
            TRY(flush(until));
            if (!TRY(fill(until)))
                return temporary("TLS write: the connection was closed", Cause::closed);
            continue;
        }
        bytes.remove_prefix(put);
        if (pipe_->out.size() >= flush_size || bytes.empty())
            TRY(flush_in_turn(until));
    }
    return {};
}

// What is there may be a session ticket or half a record, which say nothing to the reader of the session.
bool TlsStream::has_input()
{
    for (;;) {
        if (broken_)
            return true;
        take_errors();
        char octet;
        std::size_t got = 0;
        if (SSL_peek_ex(ssl_, &octet, 1, &got) == 1) {
            barren_ = 0;
            return true;
        }
        if (SSL_get_error(ssl_, 0) != SSL_ERROR_WANT_READ) {
            take_errors();
            return true; // an end, or an error that read() will tell
        }
        if (!below_.has_input())
            return false;
        // With input there, this read does not suspend.
        const auto more = fill(event::Deadline::in(Duration{0}));
        if (!more || !*more)
            return true;
    }
}

void TlsStream::finish()
{
    if (!broken_) {
        take_errors();
        SSL_shutdown(ssl_);
        take_errors();
        // Only what fits at once; a peer that does not read its goodbye has none.
        (void)!flush(event::Deadline::in(Duration{0}));
    }
    below_.finish();
}

void TlsStream::abort()
{
    below_.abort();
}

}
