// keyd's endpoint in a process of its own, and TLS servers that have only certificates.
#include "common/tls/keyd/sign_endpoint.h"

#include "tests/support/fiber_test.h"
#include "tests/support/peer/certificates.h"
#include "tests/support/sockets.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/tls/keyd/handshake_block.h"
#include "common/tls/stream.h"

namespace gp::keyd {
namespace {

using gp::testing::Authority;
using gp::testing::KeyKind;
using test::run_fiber;
using test::soon;

// A child process with the keys and nothing else; ends when its channel does.
class KeyProcess {
public:
    explicit KeyProcess(const std::vector<KeyBlock>& keys, std::uint32_t per_second = 100000)
    {
        auto [ours, theirs] = test::socket_pair();
        child_ = ::fork();
        if (child_ == 0) {
            ours.reset();
            serve(std::move(theirs), keys, per_second);
            ::_exit(0);
        }
        socket_ = std::move(ours);
    }
    ~KeyProcess()
    {
        socket_.reset();
        int status = 0;
        ::waitpid(child_, &status, 0);
        EXPECT_EQ(status, 0);
    }
    std::shared_ptr<ipc::Channel> open() { return ipc::Channel::open(std::move(socket_), "keyd", nullptr); }

private:
    static void serve(OwnedFd socket, const std::vector<KeyBlock>& keys, std::uint32_t per_second)
    {
        Parameters parameters{.keys = keys};
        const auto ring = KeyRing::load(parameters);
        if (!ring || !parameters.keys.at(0).pem.empty())
            ::_exit(1);
        const auto tickets = TicketMill::make(std::chrono::hours{1});
        SignEndpoint endpoint{*ring, *tickets, per_second};
        event::Loop loop;
        const auto channel = ipc::Channel::open(std::move(socket), "smtpd/1", &endpoint);
        channel->on_close([&] { loop.stop(); });
        loop.run();
    }
    pid_t child_;
    OwnedFd socket_;
};

tls::Signer signer_over(const std::shared_ptr<ipc::Channel>& channel, std::uint32_t key)
{
    return [channel, key](const tls::SignRequest& request) -> Result<std::string> {
        auto reply = TRY(channel->call(
            Sign{.key = key, .digest = request.digest, .pss = request.pss, .block = std::string(request.block)}, soon()));
        return reply.signature;
    };
}

constexpr std::array kinds = {KeyKind::rsa, KeyKind::rsa_pss, KeyKind::p256, KeyKind::ed25519};

struct Made {
    Authority authority;
    std::vector<testing::Identity> identities;
    std::vector<KeyBlock> keys;
    Made()
    {
        for (const auto kind : kinds) {
            identities.push_back(authority.issue(kind, {"mx.example.org"}));
            keys.push_back({"tls_privatekey", identities.back().key});
        }
    }
};

TEST(Keyd, ShakesHandsWithKeysThatTheServerDoesNotHave)
{
    const Made made;
    KeyProcess process{made.keys};
    run_fiber([&] {
        const auto channel = process.open();
        tls::ContextSettings trusting;
        trusting.trust = tls::TrustStore(made.authority.certificate());
        const auto client = *tls::Context::client(trusting);
        for (std::uint32_t index = 0; index < kinds.size(); ++index)
            for (const auto version : {tls::Version::tls1_2, tls::Version::tls1_3}) {
                const auto& certificate = made.identities[index].certificate;
                tls::ContextSettings settings{.max_version = version};
                settings.identities = {{certificate, *tls::PrivateKey::remote(certificate, signer_over(channel, index))}};
                const auto server = tls::Context::server(settings);
                ASSERT_TRUE(server) << server.error().text;
                // Eight at once: each suspends in the middle of its handshake.
                int running = 8;
                event::Notice done;
                for (int n = 0; n < 8; ++n) {
                    auto [left, right] = test::tcp_stream_pair();
                    test::also("server", [&, below = std::shared_ptr<event::FdStream>(std::move(left))] {
                        const auto stream = tls::TlsStream::accept(*below, *server, soon());
                        ASSERT_TRUE(stream) << stream.error().text;
                        EXPECT_TRUE((*stream)->write("220 hello\r\n", soon()));
                    });
                    test::also("client", [&, below = std::shared_ptr<event::FdStream>(std::move(right))] {
                        const auto stream = tls::TlsStream::connect(*below, client, {.verify_names = {"mx.example.org"}, .must_verify = true}, soon());
                        ASSERT_TRUE(stream) << stream.error().text;
                        char buffer[64];
                        const auto got = (*stream)->read(buffer, soon());
                        ASSERT_TRUE(got);
                        EXPECT_EQ(std::string_view(buffer, *got), "220 hello\r\n");
                        if (--running == 0)
                            done.notify();
                    });
                }
                ASSERT_TRUE(done.wait(soon()));
            }
        channel->close("done");
    });
}

TEST(Keyd, AFailedSignatureFailsTheHandshakeAndNothingElse)
{
    const Made made;
    KeyProcess process{made.keys};
    run_fiber([&] {
        const auto channel = process.open();
        const auto& certificate = made.identities[0].certificate;
        tls::ContextSettings settings;
        // Key 2 is another one: its signature does not fit the certificate.
        for (const std::uint32_t wrong : {2u, 99u}) {
            settings.identities = {{certificate, *tls::PrivateKey::remote(certificate, signer_over(channel, wrong))}};
            const auto server = tls::Context::server(settings);
            const auto client = *tls::Context::client({});
            auto [left, right] = test::tcp_stream_pair();
            test::also("server", [&, below = std::shared_ptr<event::FdStream>(std::move(left))] {
                EXPECT_FALSE(tls::TlsStream::accept(*below, *server, soon()));
                below->finish();
            });
            EXPECT_FALSE(tls::TlsStream::connect(*right, client, {}, soon()));
        }
        channel->close("done");
    });
}

std::string tls13(std::string_view side = "server", std::size_t hash = 32)
{
    return std::string(64, ' ') + "TLS 1.3, " + std::string(side) + " CertificateVerify" + std::string(1, '\0') + std::string(hash, 'h');
}

std::string tls12(char curve_type = 3, char curve = 29, int declared = 32, std::size_t point = 32)
{
    return std::string(32, 'c') + std::string(32, 's') + std::string{curve_type, 0, curve, static_cast<char>(declared)} + std::string(point, 'p');
}

std::string handshake_message(char type, std::size_t size)
{
    return std::string{type, 0, static_cast<char>(size >> 8), static_cast<char>(size)} + std::string(size, 'm');
}

TEST(HandshakeBlock, MayBeWhatAClientSignsInTls12)
{
    const auto hellos = handshake_message(1, 300) + handshake_message(2, 80);
    const auto rest = handshake_message(11, 900) + handshake_message(13, 40) + handshake_message(14, 0) + handshake_message(11, 700);
    const auto exchange = handshake_message(16, 33);
    EXPECT_EQ(classify(hellos + rest + exchange), Block::tls12_client);
    for (const auto& block : {hellos + rest, rest + exchange, hellos + rest + exchange + "x", hellos + exchange + rest, exchange + hellos,
                              hellos + hellos + exchange, hellos + handshake_message(20, 12) + exchange})
        EXPECT_EQ(classify(block), Block::foreign);
}

TEST(HandshakeBlock, IsToldFromEverythingElse)
{
    EXPECT_EQ(classify(tls13()), Block::tls13_server);
    EXPECT_EQ(classify(tls13("server", 48)), Block::tls13_server);
    EXPECT_EQ(classify(tls13("client")), Block::tls13_client);
    EXPECT_EQ(classify(tls12()), Block::tls12_parameters);
    EXPECT_EQ(classify(tls12(3, 23, 65, 65)), Block::tls12_parameters);
    for (const auto& block : {std::string(), std::string("hello"), std::string(64, ' '), tls13("server", 20), tls13("server", 31), tls13("evil  "),
                              tls13().substr(1), " " + tls13(), tls12(1), tls12(3, 1), tls12(3, 29, 32, 33), tls12(3, 29, 33, 33),
                              tls12().substr(0, 64), tls12() + "x", std::string(1000, 'x'), std::string(60, '\0')})
        EXPECT_EQ(classify(block), Block::foreign) << block.size();
}

TEST(KeyRing, SignsNothingButWhatTheKeyIsFor)
{
    const Made made;
    Parameters parameters{.keys = made.keys};
    parameters.keys.push_back({"client key", made.identities[2].key, true});
    const auto ring = KeyRing::load(parameters);
    ASSERT_TRUE(ring) << ring.error().text;
    EXPECT_TRUE(ring->sign({.key = 0, .digest = "SHA256", .pss = true, .block = tls13()}));
    EXPECT_TRUE(ring->sign({.key = 0, .digest = "SHA2-256", .pss = false, .block = tls12()}));
    EXPECT_TRUE(ring->sign({.key = 1, .digest = "SHA256", .pss = true, .block = tls13()}));
    EXPECT_TRUE(ring->sign({.key = 2, .digest = "SHA384", .block = tls13()}));
    EXPECT_TRUE(ring->sign({.key = 3, .block = tls13()}));
    EXPECT_TRUE(ring->sign({.key = 4, .digest = "SHA256", .block = tls13("client")}));
    const Sign refused[] = {
        {.key = 0, .digest = "SHA256", .pss = true, .block = "pay to the bearer"},
        {.key = 0, .digest = "SHA256", .pss = true, .block = tls13("client")},
        {.key = 4, .digest = "SHA256", .block = tls13()},
        {.key = 0, .digest = "SHA256", .pss = false, .block = tls13()},
        {.key = 0, .digest = "SHA1", .pss = true, .block = tls13()},
        {.key = 0, .digest = "MD5", .pss = false, .block = tls12()},
        {.key = 0, .digest = "", .pss = true, .block = tls13()},
        {.key = 2, .digest = "SHA256", .pss = true, .block = tls13()},
        {.key = 3, .digest = "SHA256", .block = tls13()},
        {.key = 5, .digest = "SHA256", .block = tls13()},
        {.key = 4294967295u, .digest = "SHA256", .block = tls13()},
    };
    for (const auto& request : refused) {
        const auto signature = ring->sign(request);
        ASSERT_FALSE(signature) << request.key << " " << request.digest;
        EXPECT_EQ(signature.error().cause, Cause::refused);
    }
}

TEST(KeyRing, RefusesTextsThatAreNoKeys)
{
    Parameters parameters{.keys = {{"tls_privatekey", "junk"}}};
    const auto ring = KeyRing::load(parameters);
    ASSERT_FALSE(ring);
    EXPECT_EQ(ring.error().text, "tls_privatekey: no private key in PEM form without a passphrase");
}

TEST(SignEndpoint, SignsAtARate)
{
    const Made made;
    Parameters parameters{.keys = made.keys};
    const auto ring = KeyRing::load(parameters);
    const auto tickets = TicketMill::make(std::chrono::hours{1});
    SignEndpoint endpoint{*ring, *tickets, 3};
    run_fiber([&] {
        auto [asker, answerer] = test::channel_pair(nullptr, &endpoint);
        int good = 0;
        for (int n = 0; n < 10; ++n)
            good += static_cast<bool>(asker->call(Sign{.key = 3, .block = tls13()}, soon())) ? 1 : 0;
        EXPECT_GE(good, 3);
        EXPECT_LE(good, 6); // the second may have changed once
        asker->close("done");
        answerer->close("done");
    });
}

TEST(TicketMill, TurnsTheKeysOverAndKeepsTheOneBefore)
{
    const auto mill = TicketMill::make(std::chrono::minutes{10});
    ASSERT_TRUE(mill);
    const TicketMill::Time begin{std::chrono::hours{100}};
    const auto first = mill->keys("smtpd", begin), same = mill->keys("smtpd", begin + std::chrono::minutes{9}), next = mill->keys("smtpd", begin + std::chrono::minutes{10});
    EXPECT_EQ(first.now.size(), 80u);
    EXPECT_EQ(first.good_for_ms, 600'000u);
    EXPECT_EQ(same.good_for_ms, 60'000u);
    EXPECT_EQ(same.now, first.now);
    EXPECT_NE(next.now, first.now);
    EXPECT_EQ(next.before, first.now);
    EXPECT_NE(mill->keys("smtpd@smtpd-sub", begin).now, first.now);
    const auto another = TicketMill::make(std::chrono::minutes{10});
    EXPECT_NE(another->keys("smtpd", begin).now, first.now); // with keyd its secret goes
}

TEST(SignEndpoint, GivesTheKeysOfTicketsToSmtpdAloneAndToEachPoolItsOwn)
{
    const Made made;
    Parameters parameters{.keys = made.keys};
    const auto ring = KeyRing::load(parameters);
    const auto tickets = TicketMill::make(std::chrono::hours{1});
    SignEndpoint endpoint{*ring, *tickets, 100};
    run_fiber([&] {
        std::vector<std::string> given;
        for (const std::string who : {"smtpd/1", "smtpd/2", "smtpd@smtpd-sub/1", "remote/1"}) {
            auto [ours, theirs] = test::socket_pair();
            const auto asker = ipc::Channel::open(std::move(ours), "keyd", nullptr);
            const auto answerer = ipc::Channel::open(std::move(theirs), who, &endpoint);
            const auto keys = asker->call(AskTicketKeys{}, soon());
            EXPECT_EQ(static_cast<bool>(keys), who != "remote/1");
            given.push_back(keys ? keys->now : "");
            asker->close("done");
            answerer->close("done");
        }
        EXPECT_EQ(given[0], given[1]);
        EXPECT_NE(given[0], given[2]);
    });
}

}
}
