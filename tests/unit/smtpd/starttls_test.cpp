#include "common/tls/context.h"
#include "common/tls/stream.h"
#include "router/switches_protocol.h"

#include "tests/support/fiber_test.h"
#include "tests/support/peer/certificates.h"
#include "tests/unit/smtpd/transcript.h"

namespace gp::smtpd {
namespace {

const gp::testing::Authority& authority()
{
    static const gp::testing::Authority made;
    return made;
}

const tls::Context& server_context()
{
    static const tls::Context made = [] {
        const auto issued = authority().issue(gp::testing::KeyKind::p256, {"mx.example.org"});
        auto context = tls::Context::server({.identities = {{issued.certificate, *tls::PrivateKey::from_pem(issued.key)}}});
        if (!context)
            panic(context.error().text);
        return *context;
    }();
    return made;
}

std::unique_ptr<tls::TlsStream> start_tls(Caller& client)
{
    tls::ContextSettings settings;
    settings.trust = tls::TrustStore(authority().certificate());
    const auto context = tls::Context::client(settings);
    auto made = tls::TlsStream::connect(client.stream(), *context, {.sni = "mx.example.org"}, test::soon());
    EXPECT_TRUE(made) << (made ? "" : made.error().text);
    if (!made)
        return nullptr;
    client.switch_to(**made);
    return std::move(*made);
}

TEST(StartTls, EncryptsAndForgetsWhatWasSaidInClear)
{
    Transcript session;
    session.tls = &server_context();
    session.parameters.greeting.advertise_tls = true;
    session.play([](Caller& client) {
        client.says("220 ").hears("EHLO clear.example").skips_to("250-STARTTLS").skips_to("250 ");
        client.hears("MAIL FROM:<clear@b>").says("250 ");
        client.hears("STARTTLS").says("220 TLS go ahead");
        const auto tls = start_tls(client);
        ASSERT_TRUE(tls);
        client.hears("MAIL FROM:<a@b>").says("503 HELO or EHLO required");
        client.hears("EHLO secret.example").says("250-mx.example.org");
        for (auto line = client.line(); !line.starts_with("250 "); line = client.line())
            EXPECT_NE(line, "250-STARTTLS");
        client.hears("STARTTLS").says("503 STARTTLS command used when not advertised");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<x@example.org>").says("250 ");
        client.hears("DATA").says("354 ").sends("a: b\r\n.\r\n").says("250 OK id=");
        client.hears("QUIT").says("221 ");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u) << session.logs();
    const auto& origin = session.cleanup.messages[0].envelope.origin;
    EXPECT_EQ(origin.protocol, "esmtps");
    EXPECT_EQ(origin.helo_name, "secret.example");
    EXPECT_EQ(origin.tls_version, "TLS1.3");
    EXPECT_EQ(origin.tls_cipher, "TLS1.3:TLS_AES_256_GCM_SHA384:256");
    EXPECT_EQ(origin.tls_cipher_std, "TLS_AES_256_GCM_SHA384");
    EXPECT_EQ(origin.tls_sni, "mx.example.org");
}

// What ACLs see of it beyond the envelope; certificates where some text wants them.
TEST(StartTls, IsToldToRouter)
{
    for (const bool wants_certificates : {false, true}) {
        Transcript session;
        session.tls = &server_context();
        session.parameters.greeting.advertise_tls = true;
        session.parameters.tls_tells_own = session.parameters.tls_tells_peer = wants_certificates;
        session.parameters.phases |= std::uint64_t{1} << static_cast<unsigned>(router::Phase::mail);
        session.play([](Caller& client) {
            client.greets().hears("STARTTLS").says("220 ");
            const auto tls = start_tls(client);
            ASSERT_TRUE(tls);
            for (int n = 0; n < 2; ++n) // what is of the connection stays
                client.hears("EHLO x.example").skips_to("250 ").hears("MAIL FROM:<a@b>").says("250 ");
        });
        ASSERT_EQ(session.router.asked.size(), 2u) << session.logs();
        std::map<std::string, std::string> told;
        for (const auto& variable : session.router.asked[1].state.variables)
            EXPECT_TRUE(told.emplace(variable.name, variable.value).second);
        EXPECT_EQ(told["tls_in_resumption"], "1");
        EXPECT_EQ(std::ranges::count(session.router.asked[1].state.switches, router::can_be_bound), 1); // told once
        EXPECT_EQ(told["tls_in_ourcert"].starts_with("-----BEGIN CERTIFICATE-----"), wants_certificates);
        EXPECT_FALSE(told.contains("tls_in_peercert")); // the client has shown none
    }
}

// Somebody in between might log in as themselves and let the client talk from there.
TEST(StartTls, ForgetsWhoLoggedInInClear)
{
    Transcript session;
    session.tls = &server_context();
    session.parameters.greeting.advertise_tls = true;
    session.parameters.phases |= std::uint64_t{1} << static_cast<unsigned>(router::Phase::helo);
    bool in_clear = true;
    session.router.on_ask = [&](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply;
        if (ask.phase == router::Phase::helo && in_clear) {
            reply.authenticator = "plain";
            reply.authenticated_id = "mallory";
        }
        return reply;
    };
    session.play([&](Caller& client) {
        client.greets().hears("STARTTLS").says("220 ");
        in_clear = false;
        const auto tls = start_tls(client);
        ASSERT_TRUE(tls);
        client.hears("EHLO x.example").skips_to("250 ").hears("MAIL FROM:<a@b>").says("250 ");
        client.hears("RCPT TO:<x@example.org>").says("250 ").hears("DATA").says("354 ").sends("a: b\r\n.\r\n").says("250 OK id=");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u) << session.logs();
    const auto& origin = session.cleanup.messages[0].envelope.origin;
    EXPECT_EQ(origin.protocol, "esmtps");
    EXPECT_EQ(origin.authenticator, "");
    EXPECT_EQ(origin.authenticated_id, "");
}

TEST(StartTls, RefusesWhatIsSaidBehindIt)
{
    Transcript session;
    session.tls = &server_context();
    session.parameters.greeting.advertise_tls = true;
    session.play([](Caller& client) {
        client.greets().sends("STARTTLS\r\nMAIL FROM:<evil@b>\r\n");
        client.says("554 SMTP synchronization error").is_closed();
    });
}

TEST(StartTls, KeepsNothingThatWasSaidBehindIt)
{
    // Where clients may talk early the injected command is thrown away with the buffer: RFC 3207 section 4.2.
    Transcript session;
    session.tls = &server_context();
    session.parameters.greeting.advertise_tls = true;
    session.parameters.smtp_enforce_sync = false;
    session.play([](Caller& client) {
        client.greets().sends("STARTTLS\r\nRSET\r\n").says("220 TLS go ahead");
        const auto tls = start_tls(client);
        ASSERT_TRUE(tls);
        client.is_silent();
        client.hears("NOOP").says("250 OK");
    });
}

TEST(StartTls, EndsTheSessionWhenTheHandshakeFails)
{
    Transcript session;
    session.tls = &server_context();
    session.parameters.greeting.advertise_tls = true;
    session.play([](Caller& client) {
        client.greets().hears("STARTTLS").says("220 ").sends("this is not TLS at all\r\n");
        client.skips_to("<closed>");
    });
    EXPECT_TRUE(session.logged("TLS error on connection from (client.example) [192.0.2.1] ")) << session.logs();
}

TEST(StartTls, MayComeWithTheConnection)
{
    Transcript session;
    session.tls = &server_context();
    session.tls_on_connect = true;
    session.play([](Caller& client) {
        const auto tls = start_tls(client);
        ASSERT_TRUE(tls);
        client.says("220 ").hears("HELO foo").says("250 ").hears("MAIL FROM:<a@b>").says("250 ");
        client.hears("RCPT TO:<x@example.org>").says("250 ").hears("DATA").says("354 ").sends(".\r\n").says("250 ");
        client.hears("RCPT TO:<y@y>").says("503 ");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u);
    EXPECT_EQ(session.cleanup.messages[0].envelope.origin.protocol, "smtps");
}

TEST(StartTls, IsNamedInRejections)
{
    Transcript session;
    session.tls = &server_context();
    session.parameters.greeting.advertise_tls = true;
    session.parameters.phases = 0;
    session.play([](Caller& client) {
        client.greets().hears("STARTTLS").says("220 ");
        const auto tls = start_tls(client);
        ASSERT_TRUE(tls);
        client.hears("EHLO foo").skips_to("250 ").hears("MAIL FROM:<a@b>").says("250 ");
        client.hears("RCPT TO:<x@y>").says("550 ");
    });
    EXPECT_TRUE(session.logged("H=(foo) [192.0.2.1] X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no F=<a@b> rejected RCPT "
                               "<x@y>"))
        << session.logs();
}

}
}
