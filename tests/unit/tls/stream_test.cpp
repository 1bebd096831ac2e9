#include "common/tls/stream.h"

#include "tests/support/fiber_test.h"
#include "tests/support/peer/certificates.h"
#include "tests/support/sockets.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace gp::tls {
namespace {

using gp::testing::Authority;
using gp::testing::KeyKind;
using test::run_fiber;
using test::soon;

const Authority& authority()
{
    static const Authority made;
    return made;
}

Identity identity(KeyKind kind, const std::vector<std::string>& names = {"mx.example.org"}, int days = 10)
{
    const auto issued = authority().issue(kind, names, days);
    return {issued.certificate, *PrivateKey::from_pem(issued.key)};
}

Context server(ContextSettings settings)
{
    if (settings.identities.empty())
        settings.identities.push_back(identity(KeyKind::p256));
    auto made = Context::server(settings);
    if (!made)
        panic(made.error().text);
    return *made;
}

Context client(ContextSettings settings = {})
{
    if (settings.trust.empty())
        settings.trust = TrustStore(authority().certificate());
    auto made = Context::client(settings);
    if (!made)
        panic(made.error().text);
    return *made;
}

using Handshake = Result<std::unique_ptr<TlsStream>>;

// Both sides shake hands; then `use` runs with what came of it.
void shake(const Context& server_context, const Context& client_context, const ServerName& name,
           const std::function<void(Handshake& here, Handshake& there)>& use, const ClientRights& rights = {})
{
    run_fiber([&] {
        auto [below_client, below_server] = test::tcp_stream_pair();
        event::Notice done;
        std::optional<Handshake> there;
        test::also("server", [&] {
            there = TlsStream::accept(*below_server, server_context, soon(), {}, rights);
            if (!*there)
                below_server->finish();
            done.notify();
        });
        Handshake here = TlsStream::connect(*below_client, client_context, name, soon());
        if (!here)
            below_client->finish();
        ASSERT_TRUE(done.wait(soon()));
        use(here, *there);
    });
}

std::string read_some(event::Stream& stream)
{
    char buffer[4096];
    const auto got = stream.read(buffer, soon());
    return got ? std::string(buffer, *got) : "error: " + got.error().text;
}

TEST(TlsStream, SpeaksBothWaysWithEveryKeyAndVersion)
{
    for (const auto kind : {KeyKind::rsa, KeyKind::rsa_pss, KeyKind::p256, KeyKind::ed25519})
        for (const auto version : {Version::tls1_2, Version::tls1_3}) {
            const auto trust = server({.identities = {identity(kind)}, .max_version = version});
            shake(trust, client(), {.sni = "mx.example.org", .verify_names = {"mx.example.org"}}, [&](Handshake& here, Handshake& there) {
                ASSERT_TRUE(here) << here.error().text;
                ASSERT_TRUE(there) << there.error().text;
                EXPECT_TRUE((*here)->facts().verified) << (*here)->facts().verify_error;
                EXPECT_EQ((*there)->facts().sni, "mx.example.org");
                EXPECT_EQ((*here)->facts().version, version == Version::tls1_2 ? "TLS1.2" : "TLS1.3");
                const auto ours = (*here)->channel_bindings(), theirs = (*there)->channel_bindings();
                ASSERT_EQ(ours.size(), version == Version::tls1_2 ? 2u : 1u);
                ASSERT_EQ(theirs.size(), ours.size());
                EXPECT_EQ(ours.front().type, version == Version::tls1_2 ? "tls-unique" : "tls-exporter");
                for (std::size_t i = 0; i < ours.size(); ++i) {
                    EXPECT_EQ(ours[i].type, theirs[i].type);
                    EXPECT_EQ(ours[i].data, theirs[i].data);
                    EXPECT_FALSE(ours[i].data.empty());
                }
                EXPECT_TRUE((*here)->has_channel_bindings());
                ASSERT_TRUE((*here)->write("ping", soon()));
                EXPECT_EQ(read_some(**there), "ping");
                ASSERT_TRUE((*there)->write("pong", soon()));
                EXPECT_EQ(read_some(**here), "pong");
            });
        }
}

TEST(TlsStream, TellsItsCipherAsEximDoes)
{
    shake(server({}), client(), {}, [](Handshake& here, Handshake&) {
        EXPECT_EQ((*here)->facts().cipher, "TLS1.3:TLS_AES_256_GCM_SHA384:256");
        EXPECT_EQ((*here)->facts().cipher_name, "TLS_AES_256_GCM_SHA384");
        EXPECT_EQ((*here)->facts().bits, 256u);
    });
    shake(server({.identities = {identity(KeyKind::rsa)}, .max_version = Version::tls1_2}), client(), {}, [](Handshake& here, Handshake&) {
        EXPECT_EQ((*here)->facts().cipher, "TLS1.2:ECDHE-RSA-AES256-GCM-SHA384:256");
    });
}

TEST(TlsStream, AServerWithTwoKeysServesBothKindsOfClient)
{
    const auto both = server({.identities = {identity(KeyKind::rsa), identity(KeyKind::p256)}, .max_version = Version::tls1_2});
    for (const std::string ciphers : {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"})
        shake(both, client({.ciphers = ciphers}), {}, [&](Handshake& here, Handshake&) {
            ASSERT_TRUE(here) << here.error().text;
            EXPECT_EQ((*here)->facts().cipher, "TLS1.2:" + ciphers + ":128");
        });
}

TEST(TlsStream, CarriesMegabytesBothWaysAtOnce)
{
    shake(server({}), client(), {}, [](Handshake& here, Handshake& there) {
        std::string sent;
        for (int n = 0; sent.size() < 3'000'000; ++n)
            sent += std::to_string(n) + "\r\n";
        int running = 4;
        event::Notice done;
        const auto writes = [&](TlsStream& stream) {
            test::also("writes", [&] {
                EXPECT_TRUE(stream.write(sent, soon()));
                if (--running == 0)
                    done.notify();
            });
        };
        const auto reads = [&](TlsStream& stream) {
            test::also("reads", [&] {
                std::string got;
                char buffer[10000];
                while (got.size() < sent.size()) {
                    const auto count = stream.read(buffer, soon());
                    ASSERT_TRUE(count && *count > 0);
                    got.append(buffer, *count);
                }
                EXPECT_EQ(got, sent);
                if (--running == 0)
                    done.notify();
            });
        };
        writes(**here);
        writes(**there);
        reads(**here);
        reads(**there);
        EXPECT_TRUE(done.wait(soon()));
    });
}

TEST(TlsStream, SaysWhyACertificateIsNotGood)
{
    struct Case {
        Identity identity;
        std::vector<std::string> names;
        std::string error;
    };
    const Authority stranger{"Stranger"};
    const auto foreign = stranger.issue(KeyKind::p256, {"mx.example.org"});
    const Case cases[] = {
        {identity(KeyKind::p256), {"other.example.org"}, "hostname mismatch"},
        {identity(KeyKind::p256, {"mx.example.org"}, -2), {"mx.example.org"}, "certificate has expired"},
        {{foreign.certificate, *PrivateKey::from_pem(foreign.key)}, {"mx.example.org"}, "unable to get local issuer certificate"},
    };
    for (const auto& one : cases)
        for (const bool must : {false, true})
            shake(server({.identities = {one.identity}}), client(), {.verify_names = one.names, .must_verify = must},
                  [&](Handshake& here, Handshake&) {
                      if (must) {
                          ASSERT_FALSE(here);
                          EXPECT_EQ(here.error().text, "TLS handshake: certificate verify failed: " + one.error);
                          return;
                      }
                      ASSERT_TRUE(here);
                      EXPECT_FALSE((*here)->facts().verified);
                      EXPECT_EQ((*here)->facts().verify_error, one.error);
                  });
}

std::string der_of(const std::string& pem)
{
    BIO* text = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* certificate = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
    unsigned char* octets = nullptr;
    const int size = i2d_X509(certificate, &octets);
    std::string out(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
    OPENSSL_free(octets);
    X509_free(certificate);
    BIO_free(text);
    return out;
}

TEST(TlsStream, DaneVerifiesByTheRecordsAlone)
{
    const auto issued = authority().issue(KeyKind::p256, {"mx.example.org"}, 10);
    const ContextSettings settings{.identities = {{issued.certificate, *PrivateKey::from_pem(issued.key)}}};
    const auto trusting_nobody = client({.trust = TrustStore("no certificate\n")});
    const TlsAssociation right{3, 0, 0, der_of(issued.certificate)};
    const TlsAssociation wrong{3, 0, 0, der_of(authority().certificate())};
    // The name does not matter where the record is of the server's own certificate (RFC 7672 section 3.1.1).
    for (const auto base : {"mx.example.org", "other.example.org"})
        shake(server(settings), trusting_nobody, {.must_verify = true, .dane_base = base, .tlsa = {wrong, right}}, [](Handshake& here, Handshake&) {
            ASSERT_TRUE(here) << here.error().text;
            EXPECT_TRUE((*here)->facts().dane);
            EXPECT_TRUE((*here)->facts().verified);
            EXPECT_EQ((*here)->facts().tlsa_usages, 8u);
        });
    shake(server(settings), trusting_nobody, {.must_verify = true, .dane_base = "mx.example.org", .tlsa = {wrong}},
          [](Handshake& here, Handshake&) { EXPECT_FALSE(here); });
}

TEST(TlsStream, DaneTakesNoUsageOfPublicAuthorities)
{
    const TlsAssociation pkix{1, 0, 0, der_of(authority().certificate())};
    run_fiber([&] {
        auto [below_client, below_server] = test::tcp_stream_pair();
        const auto done = TlsStream::connect(*below_client, client(), {.must_verify = true, .dane_base = "mx.example.org", .tlsa = {pkix}}, soon());
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().text, "no TLSA record can be used");
    });
}

TEST(TlsStream, WildcardsCoverOneLabel)
{
    const auto wild = server({.identities = {identity(KeyKind::p256, {"*.example.org"})}});
    for (const auto& [name, good] : {std::pair{"mx.example.org", true}, std::pair{"a.mx.example.org", false}})
        shake(wild, client(), {.verify_names = {name}}, [good = good](Handshake& here, Handshake&) {
            EXPECT_EQ((*here)->facts().verified, good);
        });
    EXPECT_TRUE(name_covers("*.example.org", "MX.example.org."));
    EXPECT_FALSE(name_covers("*.example.org", "example.org"));
    EXPECT_FALSE(name_covers("*.org", "example.org"));
    EXPECT_FALSE(name_covers("m*.example.org", "mx.example.org"));
    EXPECT_FALSE(name_covers("", ""));
}

TEST(TlsStream, AsksForAClientsCertificate)
{
    for (const bool required : {false, true})
        for (const bool given : {false, true}) {
            ContextSettings settings{.trust = TrustStore(authority().certificate()), .request_certificate = true, .require_certificate = required};
            ContextSettings own;
            if (given)
                own.identities = {identity(KeyKind::rsa, {"client.example.org"})};
            shake(server(settings), client(own), {}, [&](Handshake&, Handshake& there) {
                ASSERT_EQ(static_cast<bool>(there), given || !required);
                if (!there)
                    return;
                EXPECT_EQ((*there)->facts().verified, given);
                EXPECT_EQ((*there)->facts().peer ? (*there)->facts().peer->subject : "", given ? "CN=client.example.org" : "");
            });
        }
}

TEST(TlsStream, NegotiatesAProtocolOrRefuses)
{
    const auto smtp = server({.alpn = {"smtp"}});
    shake(smtp, client({.alpn = {"smtp"}}), {}, [](Handshake& here, Handshake& there) {
        EXPECT_EQ((*here)->facts().alpn, "smtp");
        EXPECT_EQ((*there)->facts().alpn, "smtp");
    });
    shake(smtp, client({.alpn = {"h2"}}), {}, [](Handshake& here, Handshake&) { EXPECT_FALSE(here); });
    // Manual, tls_alpn: nor one that offers more than one name.
    shake(smtp, client({.alpn = {"h2", "smtp"}}), {}, [](Handshake& here, Handshake&) { EXPECT_FALSE(here); });
    shake(smtp, client(), {}, [](Handshake& here, Handshake&) { EXPECT_TRUE(here); });
}

TEST(TlsStream, MayDemandThatAProtocolIsNamed)
{
    const auto smtp = server({.alpn = {"smtp"}});
    const ClientRights rights{.must_name_protocol = true};
    shake(smtp, client({.alpn = {"smtp"}}), {}, [](Handshake&, Handshake& there) { EXPECT_TRUE(there); }, rights);
    shake(smtp, client(), {}, [](Handshake&, Handshake& there) {
        ASSERT_FALSE(there);
        EXPECT_EQ(there.error().text, "ALPN required but not negotiated");
    }, rights);
}

TEST(TlsStream, MayDemandACertificateOfOneClient)
{
    const auto at = server({.trust = TrustStore(authority().certificate()), .request_certificate = true});
    const ClientRights rights{.must_show_certificate = true};
    shake(at, client(), {}, [](Handshake&, Handshake& there) {
        ASSERT_FALSE(there);
        EXPECT_EQ(there.error().text, "TLS handshake: peer did not return a certificate");
    }, rights);
    shake(at, client({.identities = {identity(KeyKind::p256)}}), {}, [](Handshake&, Handshake& there) {
        ASSERT_TRUE(there) << there.error().text;
        EXPECT_TRUE((*there)->facts().verified);
    }, rights);
    shake(at, client(), {}, [](Handshake&, Handshake& there) { EXPECT_TRUE(there); });
}

std::shared_ptr<const TicketKeys> ticket_keys(char first, char second = 'z')
{
    auto made = std::make_shared<TicketKeys>();
    const auto key = [](char octet) { return TicketKey{std::string(16, octet), std::string(64, octet)}; };
    EXPECT_TRUE(made->set({key(first), key(second)}));
    return made;
}

// A handshake, and what the server gave for the next one.
std::string first_session(const Context& from, const Context& by, const ClientRights& rights)
{
    std::string session;
    shake(from, by, {.keep_session = [&](std::string given) { session = std::move(given); }}, [](Handshake& here, Handshake& there) {
        ASSERT_TRUE(here && there);
        ASSERT_TRUE((*there)->write("x", soon()));
        EXPECT_EQ(read_some(**here), "x"); // with TLS 1.3 tickets come before that
        EXPECT_FALSE((*here)->facts().resumed);
    }, rights);
    return session;
}

TEST(TlsStream, ResumesASessionByItsTicket)
{
    const ClientRights rights{.may_resume = true};
    for (const auto version : {Version::tls1_2, Version::tls1_3}) {
        const auto at = server({.max_version = version, .ticket_keys = ticket_keys('a')});
        const auto by = client();
        const auto session = first_session(at, by, rights);
        ASSERT_FALSE(session.empty());
        // Another process of the server, where that key is already the one before.
        const auto later = server({.max_version = version, .ticket_keys = ticket_keys('b', 'a')});
        shake(later, by, {.session = session, .keep_session = [](const std::string&) {}}, [](Handshake& here, Handshake& there) {
            ASSERT_TRUE(here && there);
            EXPECT_TRUE((*here)->facts().resumed);
            EXPECT_TRUE((*there)->facts().resumed);
            EXPECT_TRUE((*here)->facts().verified) << (*here)->facts().verify_error;
            // Manual 43.17: support, ticket requested, session offered, (ticket issued), resumed
            EXPECT_EQ((*there)->facts().resumption & ~unsigned{ticket_issued}, 1u + 2 + 4 + 16);
            EXPECT_EQ((*here)->facts().resumption & ~unsigned{ticket_issued}, 1u + 2 + 4 + 16);
        }, rights);
        // Its key is gone, or the client may not: a handshake in full.
        const auto gone = server({.max_version = version, .ticket_keys = ticket_keys('c', 'd')});
        for (const auto* context : {&gone, &at})
            shake(*context, by, {.session = session}, [](Handshake& here, Handshake& there) {
                ASSERT_TRUE(here && there);
                EXPECT_FALSE((*here)->facts().resumed);
                EXPECT_FALSE((*there)->facts().resumed);
            }, {.may_resume = context != &at});
    }
}

TEST(TlsStream, GivesNoTicketsUnlessTheClientMayResume)
{
    for (const auto version : {Version::tls1_2, Version::tls1_3}) {
        const auto by = client();
        EXPECT_EQ(first_session(server({.max_version = version, .ticket_keys = ticket_keys('a')}), by, {}), "");
        EXPECT_EQ(first_session(server({.max_version = version}), by, {.may_resume = true}), "");
        EXPECT_EQ(first_session(server({.max_version = version, .ticket_keys = std::make_shared<TicketKeys>()}), by, {.may_resume = true}), "");
    }
}

// What was found of a client's certificate goes with the ticket: a server that asks other authorities looks anew.
TEST(TlsStream, DoesNotResumeWhatOtherAuthoritiesHaveJudged)
{
    const Authority another;
    const auto by = client();
    const ClientRights rights{.may_resume = true};
    const auto keys = ticket_keys('a');
    const auto session = first_session(server({.trust = TrustStore(authority().certificate()), .request_certificate = true, .ticket_keys = keys}), by, rights);
    ASSERT_FALSE(session.empty());
    shake(server({.trust = TrustStore(another.certificate()), .request_certificate = true, .ticket_keys = keys}), by,
          {.session = session, .keep_session = [](const std::string&) {}},
          [](Handshake& here, Handshake& there) { EXPECT_FALSE(here && there && (*there)->facts().resumed); }, rights);
}

// A session that began without a look at the certificate is none for those who must look.
TEST(TlsStream, AResumedSessionIsAsGoodAsItsBeginning)
{
    const ClientRights rights{.may_resume = true};
    const auto at = server({.ticket_keys = ticket_keys('a')});
    const Authority another;
    const auto doubting = client({.trust = TrustStore(another.certificate())});
    const auto session = first_session(at, doubting, rights);
    ASSERT_FALSE(session.empty());
    shake(at, doubting, {.must_verify = true, .session = session, .keep_session = [](const std::string&) {}},
          [](Handshake& here, Handshake&) { EXPECT_FALSE(here); }, rights);
}

TEST(TicketKeys, HaveTheirSizes)
{
    TicketKeys keys;
    EXPECT_FALSE(keys.set({{"short", std::string(64, 'x')}}));
    EXPECT_TRUE(keys.empty());
    EXPECT_TRUE(keys.set({{std::string(16, 'n'), std::string(64, 'x')}}));
    EXPECT_EQ(keys.find(std::string(16, 'n')), keys.sealing());
    EXPECT_EQ(keys.find(std::string(16, 'm')), nullptr);
}

TEST(TlsStream, RefusesVersionsBelowItsFloor)
{
    shake(server({.max_version = Version::tls1_2}), client({.min_version = Version::tls1_3}), {}, [](Handshake& here, Handshake& there) {
        EXPECT_FALSE(here);
        EXPECT_FALSE(there);
        EXPECT_EQ(there.error().blame, Blame::temporary);
    });
}

TEST(TlsStream, TellsACleanEndFromACutOne)
{
    shake(server({}), client(), {}, [](Handshake& here, Handshake& there) {
        (*there)->finish();
        char buffer[10];
        const auto got = (*here)->read(buffer, soon());
        ASSERT_TRUE(got);
        EXPECT_EQ(*got, 0u);
        EXPECT_TRUE((*here)->closed_cleanly());
    });
    run_fiber([] {
        auto [below_client, below_server] = test::tcp_stream_pair();
        const auto context = server({});
        test::also("server", [&, raw = std::shared_ptr<event::FdStream>(std::move(below_server))] {
            const auto there = TlsStream::accept(*raw, context, soon());
            EXPECT_TRUE(there);
            raw->finish();
        });
        const auto here = TlsStream::connect(*below_client, client(), {}, soon());
        ASSERT_TRUE(here);
        char buffer[10];
        const auto got = (*here)->read(buffer, soon());
        ASSERT_TRUE(got);
        EXPECT_EQ(*got, 0u);
        EXPECT_FALSE((*here)->closed_cleanly());
    });
}

TEST(TlsStream, ATicketAloneIsNoInput)
{
    shake(server({.ticket_keys = ticket_keys('a')}), client(), {}, [](Handshake& here, Handshake& there) {
        for (int n = 0; n < 20; ++n)
            event::yield();
        EXPECT_FALSE((*here)->has_input());
        ASSERT_TRUE((*there)->write("x", soon()));
        EXPECT_TRUE((*here)->wait_readable(soon()));
        EXPECT_TRUE((*here)->has_input());
        EXPECT_EQ(read_some(**here), "x");
        EXPECT_FALSE((*here)->has_input());
    }, {.may_resume = true});
}

// A silent peer: the layer below looks twice, and whoever waits for it must not spin between.
TEST(TlsStream, ASilentPeerIsWaitedForInPeace)
{
    shake(server({}), client(), {}, [](Handshake& here, Handshake& there) {
        ASSERT_TRUE((*there)->write("x", soon()));
        EXPECT_EQ(read_some(**here), "x");
        const auto waited = (*here)->wait_readable(event::Deadline::in(std::chrono::milliseconds{600}));
        ASSERT_FALSE(waited);
        EXPECT_EQ(waited.error().cause, Cause::timeout);
    });
}

TEST(TlsStream, WaitsNoLongerThanTheDeadline)
{
    run_fiber([] {
        auto [below_client, below_server] = test::tcp_stream_pair();
        const auto silent = TlsStream::connect(*below_client, client(), {}, event::Deadline::in(Duration{50}));
        ASSERT_FALSE(silent);
        EXPECT_EQ(silent.error().cause, Cause::timeout);
    });
}

TEST(TlsStream, SurvivesAPeerThatDoesNotSpeakTls)
{
    for (const std::string_view words : {"220 hello\r\n", "\x16\x03\x01\xff\xff garbage", ""})
        run_fiber([words] {
            auto [below_client, below_server] = test::tcp_stream_pair();
            ASSERT_TRUE(below_server->write(words, soon()));
            below_server->finish();
            const auto here = TlsStream::connect(*below_client, client(), {}, soon());
            EXPECT_FALSE(here);
            const auto there = TlsStream::accept(*below_client, server({}), event::Deadline::in(Duration{100}));
            EXPECT_FALSE(there);
        });
}

TEST(Context, RefusesWhatDoesNotFitTogether)
{
    EXPECT_FALSE(Context::server({}));
    const auto one = identity(KeyKind::p256), other = identity(KeyKind::p256);
    EXPECT_EQ(Context::server({.identities = {{one.chain_pem, other.key}}}).error().blame, Blame::configuration);
    EXPECT_FALSE(Context::server({.identities = {{"no certificate", one.key}}}));
    EXPECT_FALSE(Context::client({.ciphers = "NO-SUCH-CIPHER"}));
    EXPECT_FALSE(PrivateKey::from_pem("junk"));
    EXPECT_FALSE(PrivateKey::remote("junk", {}));
    EXPECT_FALSE(TrustStore::read_file("/nonexistent/bundle.pem"));
}

TEST(Certificate, IsReadIntoValues)
{
    const auto issued = authority().issue(KeyKind::p256, {"mx.example.org", "MAIL.example.org"});
    const auto read = Certificate::parse(issued.certificate);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->subject, "CN=mx.example.org");
    EXPECT_EQ(read->issuer, "CN=Test authority");
    EXPECT_EQ(read->common_name, "mx.example.org");
    EXPECT_EQ(read->dns_names, (std::vector<std::string>{"mx.example.org", "mail.example.org"}));
    EXPECT_LT(read->not_before, read->not_after);
    EXPECT_EQ(read->sha256.size(), 64u);
    EXPECT_FALSE(Certificate::parse("no certificate"));
}

}
}
