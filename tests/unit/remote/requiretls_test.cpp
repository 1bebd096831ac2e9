// What messages want of TLS: RFC 8689 section 4.2. With signed MX records, other hosts and reports: tests/integration/requiretls.py.
#include "common/tls/context.h"

#include "delivery/remote/delivery_run.h"
#include "delivery/remote/requiretls.h"
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
using mail::TlsWish;

constexpr std::string_view offers_tls = "250-peer.example\r\n250 STARTTLS";
constexpr std::string_view offers_all = "250-peer.example\r\n250 REQUIRETLS";

class Peer {
public:
    Authority authority;
    test::TempDir folder;
    std::string bundle = folder.file("ca.pem", authority.certificate());
    tls::Context context = make("mx.example");

    tls::Context make(const std::string& name, int days = 10)
    {
        const auto issued = authority.issue(KeyKind::p256, {name}, days);
        tls::ContextSettings settings;
        settings.identities = {{issued.certificate, *tls::PrivateKey::from_pem(issued.key)}};
        return *tls::Context::server(settings);
    }
    delivery::Outcome deliver(Scene& scene, const ScriptedPeer& peer, TlsWish wish, std::vector<router::Option> options = {},
                              const std::string& sender = "a@src.example", bool named_by_mx = false)
    {
        options.push_back({"tls_verify_certificates", bundle});
        auto to = host(peer);
        to.mx = named_by_mx ? 10 : -1;
        auto asked = request({to}, {"u@dst.example"}, std::move(options));
        asked.tls_wish = wish;
        asked.sender = sender;
        return scene.deliver(asked).outcomes.at(0);
    }
};

Dialogue& secured(Dialogue& with, const tls::Context& context, std::string_view then)
{
    return with.says("220 peer").hears("EHLO").says(offers_tls).hears("STARTTLS").says("220 go").starts_tls(context).hears("EHLO").says(then);
}

TEST(RequireTls, GoesToHostsThatPassItOn)
{
    play([](Scene& scene) {
        Peer far;
        std::string message;
        ScriptedPeer peer{{[&](Dialogue& with) {
            secured(with, far.context, offers_all).hears("MAIL FROM:<a@src.example> REQUIRETLS").says("250 ok").hears("RCPT").says("250 ok")
                .hears("DATA").says("354 go").hears_data(message).says("250 ok").hears("QUIT").says("221 bye");
        }}};
        const auto outcome = far.deliver(scene, peer, TlsWish::required);
        peer.finish();
        EXPECT_EQ(outcome.fate, Fate::delivered) << outcome.text;
        EXPECT_TRUE(outcome.requiretls);
        EXPECT_TRUE(outcome.tls_certificate_verified);
    });
}

TEST(RequireTls, IsRefusedWithItsStatus)
{
    struct Case {
        std::string name, hello, status, words;
        std::vector<router::Option> options;
    };
    const Case cases[] = {
        {"mx.example", std::string(plain_hello), "5.7.30", "REQUIRETLS support required", {}},
        {"other.example", "", "5.7.10", "certificate verification failed", {}},
        {"other.example", "", "5.7.10", "certificate verification failed", {{"tls_verify_hosts", ""}, {"tls_try_verify_hosts", ""}}},
        {"other.example", "", "5.7.10", "certificate verification failed", {{"tls_verify_cert_hostnames", ""}}},
    };
    for (const auto& test : cases)
        play([&](Scene& scene) {
            Peer far;
            const auto context = far.make(test.name);
            ScriptedPeer peer{{[&](Dialogue& with) {
                if (test.hello.empty())
                    with.says("220 peer").hears("EHLO").says(offers_tls).hears("STARTTLS").says("220 go").starts_tls(context);
                else
                    secured(with, context, test.hello).hears("QUIT").says("221 bye");
            }}};
            const auto outcome = far.deliver(scene, peer, TlsWish::required, test.options);
            EXPECT_EQ(outcome.fate, Fate::failed);
            EXPECT_EQ(outcome.enhanced, test.status);
            EXPECT_NE(outcome.text.find(test.words), std::string::npos) << outcome.text;
        });
}

TEST(RequireTls, NeedsASignedMxAndATlsThatIsNotAvoided)
{
    play([](Scene& scene) {
        Peer far;
        ScriptedPeer peer{{}}; // hears nothing
        auto outcome = far.deliver(scene, peer, TlsWish::required, {}, "a@src.example", true);
        EXPECT_EQ(outcome.fate, Fate::failed);
        EXPECT_NE(outcome.text.find("is not signed (DNSSEC)"), std::string::npos) << outcome.text;
        outcome = far.deliver(scene, peer, TlsWish::required, {{"hosts_avoid_tls", "*"}});
        EXPECT_EQ(outcome.fate, Fate::failed);
        EXPECT_EQ(outcome.enhanced, "5.7.10");
    });
}

// RFC 8689 section 4.2.1 asks for the MX record alone: the host proves its name by its certificate, wherever it is.
TEST(RequireTls, NeedsNoSignedAddress)
{
    play([](Scene& scene) {
        Peer far;
        std::string message;
        ScriptedPeer peer{{[&](Dialogue& with) {
            secured(with, far.context, offers_all).hears("MAIL FROM:<a@src.example> REQUIRETLS").says("250 ok").hears("RCPT").says("250 ok")
                .hears("DATA").says("354 go").hears_data(message).says("250 ok").hears("QUIT").says("221 bye");
        }}};
        auto to = host(peer);
        to.mx = 10;
        to.is_named_surely = true;
        auto asked = request({to}, {"u@dst.example"}, {{"tls_verify_certificates", far.bundle}});
        asked.tls_wish = TlsWish::required;
        asked.sender = "a@src.example";
        const auto outcome = scene.deliver(asked).outcomes.at(0);
        peer.finish();
        EXPECT_EQ(outcome.fate, Fate::delivered) << outcome.text;
    });
}

// What is our own trouble, as of keyd that does not sign for a tls_certificate, passes; no protocol in common does not.
TEST(RequireTls, IsReturnedOnlyForWhatLasts)
{
    EXPECT_FALSE(is_lasting_tls_failure("internal error"));
    EXPECT_FALSE(is_lasting_tls_failure("EVP lib"));
    EXPECT_FALSE(is_lasting_tls_failure("tlsv1 alert internal error"));
    EXPECT_FALSE(is_lasting_tls_failure(""));
    EXPECT_TRUE(is_lasting_tls_failure("tlsv1 alert protocol version"));
    EXPECT_TRUE(is_lasting_tls_failure("unsupported protocol"));
    EXPECT_TRUE(is_lasting_tls_failure("sslv3 alert handshake failure"));
    for (const auto* passes : {": CRL has expired", ": CRL is not yet valid", ": unable to get certificate CRL", ": certificate is not yet valid",
                               ": certificate has expired"})
        EXPECT_FALSE(is_lasting_certificate_failure(passes)) << passes;
    for (const auto* lasts : {": hostname mismatch", ": self-signed certificate", ": certificate revoked", ": unable to get local issuer certificate"})
        EXPECT_TRUE(is_lasting_certificate_failure(lasts)) << lasts;
}

// Our clock may be wrong, and the host has another certificate soon.
TEST(RequireTls, WaitsForACertificateOfThisTime)
{
    play([](Scene& scene) {
        Peer far;
        const auto old = far.make("mx.example", -2);
        ScriptedPeer peer{{[&](Dialogue& with) { with.says("220 peer").hears("EHLO").says(offers_tls).hears("STARTTLS").says("220 go").starts_tls(old); }}};
        const auto outcome = far.deliver(scene, peer, TlsWish::required);
        EXPECT_EQ(outcome.fate, Fate::deferred) << outcome.text;
        EXPECT_NE(outcome.text.find("certificate has expired"), std::string::npos) << outcome.text;
    });
}

TEST(RequireTls, WaitsForAHandshakeThatMayGoBetter)
{
    play([](Scene& scene) {
        Peer far;
        ScriptedPeer peer{{[&](Dialogue& with) {
            // A fatal alert, internal_error, where the server's part of the handshake belongs.
            std::string head, rest;
            with.says("220 peer").hears("EHLO").says(offers_tls).hears("STARTTLS").says("220 go").hears_octets(5, head);
            if (head.size() == 5)
                with.hears_octets(static_cast<std::size_t>(static_cast<unsigned char>(head[3]) * 256 + static_cast<unsigned char>(head[4])), rest);
            with.says_raw(std::string("\x15\x03\x03\x00\x02\x02\x50", 7));
        }}};
        const auto outcome = far.deliver(scene, peer, TlsWish::required);
        EXPECT_EQ(outcome.fate, Fate::deferred) << outcome.text;
        EXPECT_FALSE(outcome.host_error); // other messages need no TLS there
    });
}

TEST(RequireTls, IsNoDemandOfReports)
{
    play([](Scene& scene) {
        Peer far;
        std::string message;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says("250-peer.example\r\n250 REQUIRETLS").hears("MAIL FROM:<>").says("250 ok").hears("RCPT")
                .says("250 ok").hears("DATA").says("354 go").hears_data(message).says("250 ok").hears("QUIT").says("221 bye");
        }}};
        const auto outcome = far.deliver(scene, peer, TlsWish::required, {}, "");
        peer.finish();
        EXPECT_EQ(outcome.fate, Fate::delivered) << outcome.text;
        EXPECT_FALSE(outcome.requiretls); // what is said in clear may be anybody's
    });
}

TEST(TlsRequiredNo, OverrulesTheTransportUnlessItLogsIn)
{
    play([](Scene& scene) {
        Peer far;
        std::string message;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL FROM:<a@src.example>").says("250 ok").hears("RCPT").says("250 ok")
                .hears("DATA").says("354 go").hears_data(message).says("250 ok").hears("QUIT").says("221 bye");
        }}};
        const auto outcome = far.deliver(scene, peer, TlsWish::optional, {{"hosts_require_tls", "*"}, {"tls_verify_hosts", "*"}});
        peer.finish();
        EXPECT_EQ(outcome.fate, Fate::delivered) << outcome.text;
    });
    play([](Scene& scene) {
        Peer far;
        ScriptedPeer peer{{[&](Dialogue& with) { with.says("220 peer").hears("EHLO").says(plain_hello).hears("QUIT").says("221 bye"); }}};
        const auto outcome = far.deliver(scene, peer, TlsWish::optional, {{"hosts_require_tls", "*"}, {"hosts_try_auth", "*"}});
        EXPECT_EQ(outcome.fate, Fate::deferred);
        EXPECT_NE(outcome.text.find("a TLS session is required"), std::string::npos) << outcome.text;
    });
}

}
}
