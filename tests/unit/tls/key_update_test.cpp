// A client that speaks TLS 1.3 by the book and says nothing: it changes its keys without end.

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "common/tls/context.h"
#include "common/tls/stream.h"
#include "tests/support/fiber_test.h"
#include "tests/support/peer/certificates.h"
#include "tests/support/sockets.h"

namespace gp::tls {
namespace {

using gp::testing::Authority;
using gp::testing::KeyKind;
using test::run_fiber;
using test::soon;

// OpenSSL itself over one of our streams.
class RawClient {
public:
    explicit RawClient(event::Stream& below) : below_(below), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_))
    {
        SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(ssl_);
    }
    ~RawClient()
    {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
    }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool shakes_hands()
    {
        while (SSL_do_handshake(ssl_) != 1) {
            char octets[16384];
            const auto got = flush() ? below_.read(octets, soon()) : Result<std::size_t>(temporary("gone"));
            if (!got || *got == 0)
                return false;
            BIO_write(SSL_get_rbio(ssl_), octets, static_cast<int>(*got));
        }
        return flush();
    }
    bool changes_keys()
    {
        return SSL_key_update(ssl_, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl_) == 1 && flush();
    }

private:
    bool flush()
    {
        char* octets = nullptr;
        const long size = BIO_get_mem_data(SSL_get_wbio(ssl_), &octets);
        const auto sent = below_.write({octets, static_cast<std::size_t>(size)}, soon());
        BIO_reset(SSL_get_wbio(ssl_));
        return static_cast<bool>(sent);
    }

    event::Stream& below_;
    SSL_CTX* context_;
    SSL* ssl_;
};

TEST(KeyUpdate, WithoutEndIsTheEndOfTheConnection)
{
    run_fiber([] {
        auto [below_client, below_server] = test::tcp_stream_pair();
        const Authority authority;
        const auto issued = authority.issue(KeyKind::p256, {"mx.example.org"}, 10);
        const auto context = Context::server({.identities = {{issued.certificate, *PrivateKey::from_pem(issued.key)}}});
        ASSERT_TRUE(context);
        Result<std::size_t> heard = 0u;
        event::Notice done;
        test::also("server", [&] {
            const auto there = TlsStream::accept(*below_server, *context, soon());
            char octets[100];
            heard = there ? (*there)->read(octets, soon()) : Result<std::size_t>(there.error());
            below_server->finish();
            done.notify();
        });
        RawClient client{*below_client};
        ASSERT_TRUE(client.shakes_hands());
        for (int n = 0; n < 5000 && client.changes_keys(); ++n)
            event::yield();
        ASSERT_TRUE(done.wait(soon()));
        ASSERT_FALSE(heard);
        EXPECT_EQ(heard.error().text, "TLS: the peer sends records that hold nothing");
    });
}

// Two fibers of one session: what one writes does not pile up behind the other, which answers changes of keys to a client
// that reads nothing.
TEST(KeyUpdate, IsNoHoleForWriters)
{
    run_fiber([] {
        auto [below_client, below_server] = test::tcp_stream_pair();
        const Authority authority;
        const auto issued = authority.issue(KeyKind::p256, {"mx.example.org"}, 10);
        const auto context = Context::server({.identities = {{issued.certificate, *PrivateKey::from_pem(issued.key)}}});
        ASSERT_TRUE(context);
        std::unique_ptr<TlsStream> there;
        event::Notice is_up, read, wrote;
        test::also("reader", [&] {
            auto accepted = TlsStream::accept(*below_server, *context, soon());
            if (accepted)
                there = std::move(*accepted);
            is_up.notify();
            char octets[100];
            while (there && there->read(octets, soon()).value_or(0) > 0) {
            }
            read.notify();
        });
        RawClient client{*below_client};
        ASSERT_TRUE(client.shakes_hands());
        ASSERT_TRUE(is_up.wait(soon()));
        ASSERT_TRUE(there);
        constexpr std::size_t most = 64 * 1024 * 1024;
        const std::string block(64 * 1024, 'x');
        std::size_t fits = 0; // until the kernel's buffers are full
        const auto patience = [] { return event::Deadline::in(Duration{300}); };
        for (int rounds = 0; rounds < 10; ++rounds) { // what has arrived makes room again
            while (fits < most && ::send(below_server->fd(), block.data(), block.size(), MSG_DONTWAIT) > 0)
                fits += block.size();
            event::sleep_for(Duration{30});
        }
        ASSERT_LT(fits, most);
        for (int n = 0; n < 100; ++n)
            ASSERT_TRUE(client.changes_keys()); // the reader waits to answer it
        event::sleep_for(Duration{50});
        std::size_t taken = 0;
        while (taken < most && there->write(block, patience()))
            taken += block.size();
        EXPECT_LT(taken, std::size_t{1024 * 1024});
        below_server->abort();
        ASSERT_TRUE(read.wait(soon()));
    });
}

}
}
