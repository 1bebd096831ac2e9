#include "common/tls/ocsp.h"

#include "common/base/encoding.h"
#include "common/tls/stream.h"
#include "tests/support/fiber_test.h"
#include "tests/support/peer/certificates.h"
#include "tests/support/sockets.h"

#include <gtest/gtest.h>

namespace gp::tls {
namespace {

using gp::testing::Authority;
using gp::testing::KeyKind;
using test::soon;

constexpr Version both[] = {Version::tls1_2, Version::tls1_3};

Identity with_answer(const gp::testing::Identity& issued, std::string answer)
{
    return {issued.certificate, *PrivateKey::from_pem(issued.key), std::move(answer)};
}

// What a client makes of the answers of these certificates.
Ocsp told(std::vector<Identity> identities, const Authority& trusted, Version version, bool asks = true)
{
    auto found = Ocsp::not_requested;
    test::run_fiber([&] {
        const auto server = Context::server({.identities = std::move(identities), .max_version = version});
        const auto client = Context::client({.trust = TrustStore(trusted.certificate())});
        ASSERT_TRUE(server && client);
        auto [here, there] = test::tcp_stream_pair();
        event::Notice done;
        test::also("server", [&, &below = *there] {
            EXPECT_TRUE(TlsStream::accept(below, *server, soon()));
            done.notify();
        });
        const auto stream = TlsStream::connect(*here, *client, {.sni = "mx.example", .asks_status = asks}, soon());
        ASSERT_TRUE(stream) << stream.error().text;
        ASSERT_TRUE(done.wait(soon()));
        found = (*stream)->facts().ocsp;
    });
    return found;
}

TEST(Ocsp, AnswerIsShownAndBelieved)
{
    const Authority authority;
    const auto issued = authority.issue(KeyKind::p256, {"mx.example"});
    for (const auto version : both) {
        EXPECT_EQ(told({with_answer(issued, authority.status_of(issued))}, authority, version), Ocsp::verified);
        EXPECT_EQ(told({with_answer(issued, authority.status_of(issued))}, authority, version, false), Ocsp::not_requested);
        EXPECT_EQ(told({with_answer(issued, {})}, authority, version), Ocsp::no_response);
        EXPECT_EQ(told({with_answer(issued, authority.status_of(issued, true))}, authority, version), Ocsp::failed) << "revoked";
    }
}

TEST(Ocsp, EachCertificateHasItsOwn)
{
    const Authority authority;
    const auto rsa = authority.issue(KeyKind::rsa, {"mx.example"}), p256 = authority.issue(KeyKind::p256, {"mx.example"});
    for (const auto version : both)
        EXPECT_EQ(told({with_answer(rsa, authority.status_of(rsa)), with_answer(p256, authority.status_of(p256))}, authority, version),
                  Ocsp::verified);
}

TEST(Ocsp, NobodyElsesWordCounts)
{
    const Authority authority, other{"Somebody else"};
    const auto issued = authority.issue(KeyKind::p256, {"mx.example"}), neighbour = authority.issue(KeyKind::p256, {"mx.example"});
    EXPECT_EQ(told({with_answer(issued, other.status_of(issued))}, authority, Version::tls1_3), Ocsp::failed) << "another responder";
    EXPECT_EQ(told({with_answer(issued, authority.status_of(neighbour))}, authority, Version::tls1_3), Ocsp::failed) << "another certificate";
    EXPECT_EQ(told({with_answer(issued, authority.status_of(issued))}, other, Version::tls1_3), Ocsp::not_verified) << "whose it is, nobody knows";
}

TEST(Ocsp, WhatIsPastIsNotShown)
{
    const Authority authority;
    const auto issued = authority.issue(KeyKind::p256, {"mx.example"});
    EXPECT_EQ(told({with_answer(issued, authority.status_of(issued, false, -1))}, authority, Version::tls1_3), Ocsp::no_response);
}

TEST(Ocsp, FilesAreInDerOrPem)
{
    const Authority authority;
    const auto answer = authority.status_of(authority.issue(KeyKind::p256, {"mx.example"}));
    EXPECT_EQ(read_ocsp(answer, false).value_or(""), answer);
    std::string pem = "-----BEGIN OCSP RESPONSE-----\n";
    for (std::size_t at = 0; at < answer.size(); at += 48)
        pem += base64_encode(answer.substr(at, 48)) + "\n";
    pem += "-----END OCSP RESPONSE-----\n";
    EXPECT_EQ(read_ocsp(pem, true).value_or(""), answer);
    for (const auto& [content, is_pem] : {std::pair{pem, false}, std::pair{answer, true}, std::pair{std::string("x"), false}})
        EXPECT_FALSE(read_ocsp(content, is_pem));
}

}
}
