#include "common/tls/context.h"

#include "common/log/log.h"
#include "delivery/remote/delivery_run.h"
#include "scene.h"
#include "tests/support/peer/certificates.h"
#include "tests/support/temp_dir.h"

namespace gp::remote {
namespace {

using delivery::Fate;
using gp::testing::Authority;
using gp::testing::Dialogue;
using gp::testing::KeyKind;
using gp::testing::ScriptedPeer;

constexpr std::string_view tls_hello = "250-peer.example\r\n250-PIPELINING\r\n250 STARTTLS";
constexpr std::string_view hello = "250-peer.example\r\n250 PIPELINING";

struct Ground {
    Scene scene;
    Authority authority;
    test::TempDir folder;
    std::string bundle = folder.file("ca.pem", authority.certificate());
    std::vector<std::string> log;

    tls::Context server(const std::vector<std::string>& names = {"mx.example"}, tls::ContextSettings settings = {})
    {
        const auto issued = authority.issue(KeyKind::p256, names);
        settings.identities = {{issued.certificate, *tls::PrivateKey::from_pem(issued.key)}};
        return *tls::Context::server(settings);
    }
    delivery::DeliverReply deliver(const ScriptedPeer& peer, std::vector<router::Option> options = {}, std::optional<router::Host> to = {})
    {
        options.push_back({"tls_verify_certificates", bundle});
        return scene.deliver(request({to.value_or(host(peer))}, {"u@dst.example"}, std::move(options)));
    }
};

void play(const std::function<void(Ground&)>& body)
{
    test::run_fiber([&] {
        Ground ground;
        log::set_sink([&](const log::Entry& entry) { ground.log.emplace_back(entry.text); });
        body(ground);
        ground.scene.close();
        log::set_sink({});
    });
}

Dialogue& takes_message(Dialogue& with, std::string_view what_it_says = hello)
{
    std::string message;
    return with.hears("EHLO").says(what_it_says).hears("MAIL").hears("RCPT").hears("DATA").says("250 ok\r\n250 ok\r\n354 go")
        .hears_data(message).says("250 ok").hears("QUIT").says("221 bye");
}

TEST(ClientTls, IsUsedWhereItIsOffered)
{
    play([](Ground& ground) {
        const auto context = ground.server();
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS").says("220 go").starts_tls(context);
            takes_message(with);
        }}};
        const auto reply = ground.deliver(peer);
        peer.finish();
        EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered) << reply.outcomes[0].text;
        EXPECT_EQ(reply.outcomes[0].tls_cipher, "TLS1.3:TLS_AES_256_GCM_SHA384:256");
        EXPECT_TRUE(reply.outcomes[0].tls_certificate_verified);
        EXPECT_EQ(reply.outcomes[0].tls_peer_dn, "CN=mx.example");
    });
}

TEST(ClientTls, AnUnverifiedServerIsGoodEnoughWhereItIsOnlyTried)
{
    play([](Ground& ground) {
        const auto context = ground.server({"other.example"});
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS").says("220 go").starts_tls(context);
            takes_message(with);
        }}};
        const auto reply = ground.deliver(peer);
        peer.finish();
        EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered);
        EXPECT_FALSE(reply.outcomes[0].tls_certificate_verified);
    });
}

// Its chain is good, and its name was not looked at: who is in neither list is not called verified.
TEST(ClientTls, WhoIsInNeitherListIsNotCalledVerified)
{
    play([](Ground& ground) {
        const auto context = ground.server();
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS").says("220 go").starts_tls(context);
            takes_message(with);
        }}};
        const auto reply = ground.deliver(peer, {{"tls_try_verify_hosts", "198.51.100.1"}});
        peer.finish();
        EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered) << reply.outcomes[0].text;
        EXPECT_NE(reply.outcomes[0].tls_cipher, "");
        EXPECT_FALSE(reply.outcomes[0].tls_certificate_verified);
    });
}

// A list that is set to nothing is not one that is unset.
TEST(ClientTls, LooksAtNobodysCertificateWhereBothListsAreEmpty)
{
    play([](Ground& ground) {
        const auto context = ground.server({"other.example"});
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS").says("220 go").starts_tls(context);
            takes_message(with);
        }}};
        const auto reply = ground.deliver(peer, {{"tls_verify_hosts", ""}, {"tls_try_verify_hosts", ""}});
        peer.finish();
        EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered) << reply.outcomes[0].text;
        EXPECT_NE(reply.outcomes[0].tls_cipher, "");
    });
}

TEST(ClientTls, StartsAtOnceWithSmtps)
{
    play([](Ground& ground) {
        const auto context = ground.server();
        ScriptedPeer peer{{[&](Dialogue& with) { takes_message(with.starts_tls(context).says("220 peer")); }}};
        const auto reply = ground.deliver(peer, {{"protocol", "smtps"}, {"tls_sni", "sni.example"}});
        peer.finish();
        EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered) << reply.outcomes[0].text;
        EXPECT_TRUE(reply.outcomes[0].tls_certificate_verified);
    });
}

TEST(ClientTls, GoesOnInClearWhenItFailsAndIsNotRequired)
{
    play([](Ground& ground) {
        const auto context = ground.server({"other.example"});
        ScriptedPeer peer{{[&](Dialogue& with) {
                               with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS").says("220 go").starts_tls(context);
                           },
                           [&](Dialogue& with) { takes_message(with.says("220 peer"), tls_hello); }}};
        const auto reply = ground.deliver(peer, {{"tls_verify_hosts", "*"}});
        peer.finish();
        EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered);
        EXPECT_EQ(reply.outcomes[0].tls_cipher, "");
        ASSERT_FALSE(ground.log.empty());
        EXPECT_EQ(ground.log[0], "1abcde-000001-00 TLS session: (certificate verification failed): hostname mismatch: delivering "
                                 "unencrypted to H=mx.example [127.0.0.1] (not in hosts_require_tls)");
    });
}

TEST(ClientTls, GoesOnInClearAfterARefusalOfStarttls)
{
    play([](Ground& ground) {
        ScriptedPeer peer{{[&](Dialogue& with) {
            std::string message;
            with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS").says("454 not now").hears("MAIL").hears("RCPT").hears("DATA");
            with.says("250 ok\r\n250 ok\r\n354 go").hears_data(message).says("250 ok").hears("QUIT");
        }}};
        EXPECT_EQ(ground.deliver(peer).outcomes[0].fate, Fate::delivered);
        peer.finish();
    });
}

// With TLS 1.3 the handshake is over for the client before the server has seen that it has no certificate.
TEST(ClientTls, GoesOnInClearWhenTheServerWantsACertificateItDoesNotHave)
{
    play([](Ground& ground) {
        const auto context = ground.server();
        ScriptedPeer peer{{[&](Dialogue& with) {
                               with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS").says("220 go").starts_tls(context).hears("EHLO").closes();
                           },
                           [&](Dialogue& with) { takes_message(with.says("220 peer"), tls_hello); }}};
        const auto reply = ground.deliver(peer);
        peer.finish();
        EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered) << reply.outcomes[0].text;
        EXPECT_EQ(reply.outcomes[0].tls_cipher, "");
    });
}

// A server that says what it does not like has TLS: what it refuses there is not sent in clear.
TEST(ClientTls, ARefusalBehindTheHandshakeIsOne)
{
    play([](Ground& ground) {
        const auto context = ground.server();
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS").says("220 go").starts_tls(context).hears("EHLO").says("550 blocked")
                .hears("HELO").closes();
        }}};
        const auto reply = ground.deliver(peer);
        peer.finish();
        EXPECT_EQ(reply.outcomes[0].fate, Fate::deferred) << reply.outcomes[0].text;
        EXPECT_NE(reply.outcomes[0].text.find("EHLO response was: 550 blocked"), std::string::npos) << reply.outcomes[0].text;
    });
}

// An alias that nobody validated may lead anywhere: the certificate must have the name before it.
TEST(ClientTls, TakesTheNameBeforeAnAliasForTheCertificates)
{
    for (const auto* name : {"mx.example", "alias.example"})
        play([&](Ground& ground) {
            const auto context = ground.server({name});
            ScriptedPeer peer{{[&](Dialogue& with) {
                with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS").says("220 go").starts_tls(context);
                takes_message(with);
            }}};
            auto target = host(peer);
            target.certificate_name = "alias.example";
            const auto reply = ground.deliver(peer, {}, target);
            peer.finish();
            EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered) << reply.outcomes[0].text;
            EXPECT_EQ(reply.outcomes[0].tls_certificate_verified, std::string_view(name) == "alias.example");
        });
}

struct Failure {
    std::string name;
    std::vector<router::Option> options;
    std::function<void(Dialogue&, const tls::Context&)> script;
    std::string text, error_name;
    std::int32_t number;
};

std::vector<Failure> failures()
{
    const auto offers = [](Dialogue& with) -> Dialogue& { return with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS"); };
    const router::Option required{"hosts_require_tls", "*"};
    return {
        {"not_offered", {required}, [](Dialogue& w, const tls::Context&) { w.says("220 peer").hears("EHLO").says(hello).hears("QUIT"); },
         "a TLS session is required, but the server did not offer TLS support", "tls_required", -38},
        {"refused", {required}, [=](Dialogue& w, const tls::Context&) { offers(w).says("454 no").hears("QUIT"); },
         "a TLS session is required, but an attempt to start TLS failed", "tls_required", -38},
        {"refused_and_no_clear", {{"tls_tempfail_tryclear", "false"}}, [=](Dialogue& w, const tls::Context&) { offers(w).says("454 no").hears("QUIT"); },
         "SMTP error from remote mail server after STARTTLS: 454 no", "", 0},
        {"wrong_name", {required, {"tls_verify_hosts", "*"}}, [=](Dialogue& w, const tls::Context& c) { offers(w).says("220 go").starts_tls(c); },
         "TLS session: (certificate verification failed): hostname mismatch", "tls_required", -37},
        {"wrong_name_and_no_clear", {{"tls_tempfail_tryclear", "false"}, {"tls_verify_hosts", "*"}},
         [=](Dialogue& w, const tls::Context& c) { offers(w).says("220 go").starts_tls(c); },
         "TLS session: (certificate verification failed): hostname mismatch", "", -37},
        {"closed", {required}, [=](Dialogue& w, const tls::Context&) { offers(w).says("220 go").closes(); },
         "TLS session: (SSL_connect): the connection was closed", "tls_required", -37},
        {"silent", {required, {"command_timeout", "100ms"}}, [=](Dialogue& w, const tls::Context&) { offers(w).says("220 go").pauses(Duration{300}); },
         "TLS session: (SSL_connect): timed out", "tls_required", -37},
        {"injected", {required}, [=](Dialogue& w, const tls::Context&) { offers(w).says("220 go\r\n250 evil").pauses(Duration{50}); },
         "TLS session: (SSL_connect): the server sent more than its reply to STARTTLS", "tls_required", -37},
        {"no_alpn", {required, {"hosts_require_alpn", "*"}}, [=](Dialogue& w, const tls::Context& c) { offers(w).says("220 go").starts_tls(c); },
         "TLS session: (SSL_connect): ALPN required but not negotiated", "tls_required", -37},
    };
}

class ClientTlsFailure : public ::testing::TestWithParam<Failure> {};

TEST_P(ClientTlsFailure, DefersTheHost)
{
    play([](Ground& ground) {
        const auto context = ground.server({"other.example"});
        ScriptedPeer peer{{[&](Dialogue& with) { GetParam().script(with, context); }}};
        const auto reply = ground.deliver(peer, GetParam().options);
        EXPECT_EQ(reply.outcomes[0].fate, Fate::deferred);
        EXPECT_EQ(reply.outcomes[0].text, GetParam().text);
        EXPECT_EQ(reply.outcomes[0].error_name, GetParam().error_name);
        EXPECT_EQ(reply.outcomes[0].error_number, GetParam().number);
        EXPECT_TRUE(reply.outcomes[0].host_error);
        EXPECT_EQ(reply.host_failures.size(), 1u);
        EXPECT_EQ(ground.scene.spool.fetched, 0u); // nothing of the message went anywhere
        peer.finish();
    });
}

INSTANTIATE_TEST_SUITE_P(, ClientTlsFailure, ::testing::ValuesIn(failures()), [](const auto& one) { return one.param.name; });

TEST(ClientTls, IsAvoidedWhereTheListSaysSo)
{
    play([](Ground& ground) {
        ScriptedPeer peer{{[&](Dialogue& with) { takes_message(with.says("220 peer"), tls_hello); }}};
        EXPECT_EQ(ground.deliver(peer, {{"hosts_avoid_tls", "mx.example"}}).outcomes[0].fate, Fate::delivered);
        peer.finish();
    });
}

TEST(ClientTls, ShowsACertificateWhoseKeyIsElsewhere)
{
    play([](Ground& ground) {
        const auto own = ground.authority.issue(KeyKind::rsa, {"client.example"});
        int signatures = 0;
        ground.scene.parameters.certificates = {{"/etc/client.pem", own.certificate, 7}};
        ground.scene.signer_for = [&](std::uint32_t key) -> tls::Signer {
            EXPECT_EQ(key, 7u);
            return [&](const tls::SignRequest&) -> Result<std::string> {
                ++signatures;
                event::sleep_for(Duration{1});
                return temporary("this test has no keyd");
            };
        };
        const auto context = ground.server({"mx.example"}, {.trust = tls::TrustStore(ground.authority.certificate()), .request_certificate = true});
        ScriptedPeer peer{{[&](Dialogue& with) { with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS").says("220 go").starts_tls(context); },
                           [](Dialogue& with) { with.hears_end(); }}};
        const auto reply = ground.deliver(peer, {{"hosts_require_tls", "*"}, {"tls_certificate", "/etc/client.pem"}});
        EXPECT_EQ(reply.outcomes[0].fate, Fate::deferred);
        EXPECT_EQ(signatures, 1);
        const auto unknown = ground.deliver(peer, {{"tls_certificate", "/etc/other.pem"}, {"protocol", "smtps"}});
        EXPECT_EQ(unknown.outcomes[0].fate, Fate::deferred);
        EXPECT_TRUE(unknown.host_failures.empty());
        peer.finish();
    });
}

TEST(ClientTls, AConnectionInTlsIsNotKeptWhereTheListSaysSo)
{
    for (const bool kept : {true, false})
        play([kept](Ground& ground) {
            ground.scene.parameters.connection_keep = 30;
            const auto context = ground.server();
            const auto secured = [&](Dialogue& with) {
                with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS").says("220 go").starts_tls(context);
                takes_message(with);
            };
            ScriptedPeer peer{{secured}};
            EXPECT_EQ(ground.deliver(peer, {{"hosts_nopass_tls", kept ? "" : "*"}}).outcomes[0].fate, Fate::delivered);
            EXPECT_EQ(ground.scene.warm.size(), kept ? 1u : 0u);
            ground.scene.warm.close_all();
            peer.finish();
        });
}

}
}
