#include <gtest/gtest.h>

#include "common/base/encoding.h"
#include "common/sign/canonical.h"
#include "common/sign/dkim_signature.h"

namespace gp::sign {
namespace {

std::string hash(Canon canon, std::string_view body, std::size_t cut = 1000)
{
    BodyHash made{canon, BodyHash::Digest::sha256};
    for (std::size_t at = 0; at < body.size(); at += cut)
        made.add(body.substr(at, cut));
    return base64_encode(made.finish());
}

// RFC 6376 section 3.4.5.
TEST(CanonicalHeader, IsTheExampleOfTheStandard)
{
    EXPECT_EQ(canonical_header(Canon::relaxed, "A: X\r\n"), "a:X\r\n");
    EXPECT_EQ(canonical_header(Canon::relaxed, "B : Y\t\r\n\tZ  \r\n"), "b:Y Z\r\n");
    EXPECT_EQ(canonical_header(Canon::simple, "B : Y\t\r\n\tZ  \r\n"), "B : Y\t\r\n\tZ  \r\n");
}

TEST(CanonicalBody, IsTheExampleOfTheStandard)
{
    const std::string_view body = " C \r\nD \t E\r\n\r\n\r\n";
    EXPECT_EQ(hash(Canon::relaxed, body), base64_encode(sha256(" C\r\nD E\r\n")));
    EXPECT_EQ(hash(Canon::simple, body), base64_encode(sha256(" C \r\nD \t E\r\n")));
}

// RFC 6376 sections 3.4.3 and 3.4.4 name these digests.
TEST(CanonicalBody, OfNothingHasTheDigestsThatTheStandardNames)
{
    EXPECT_EQ(hash(Canon::simple, ""), "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
    EXPECT_EQ(hash(Canon::relaxed, ""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

TEST(CanonicalBody, DoesNotDependOnHowItIsCut)
{
    const std::string body = "one  two\r\n\r\n\r\n three \t\r\nlast without end" + std::string(3000, 'x') + "\r\n\r\n";
    for (auto canon : {Canon::simple, Canon::relaxed})
        for (std::size_t cut : {1u, 2u, 3u, 7u, 100u})
            EXPECT_EQ(hash(canon, body, cut), hash(canon, body, 100000)) << cut;
}

TEST(DkimSignature, NamesTheHeadersFromTheLastAndTheAbsentOnes)
{
    const auto parsed = mail::HeaderList::parse("From: a@b.example\r\nTo: one\r\nTo: two\r\nSubject: s\r\n");
    DkimRequest request{.domain = "b.example", .selector = "sel", .key = "/k", .headers = "From:To:Cc:Subject"};
    const DkimSignature signature{request, "rsa", parsed->headers, "hash", 1};
    const auto text = signature.header("signature");
    std::string joined;
    for (const char c : text)
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            joined += c;
    EXPECT_NE(joined.find("h=Subject:To:From:Cc;"), std::string::npos) << text;
    EXPECT_NE(joined.find("d=b.example;s=sel;"), std::string::npos) << text;
    EXPECT_TRUE(signature.to_sign().starts_with("subject:s\r\nto:two\r\nfrom:a@b.example\r\ndkim-signature:v=1;"));
    EXPECT_TRUE(signature.to_sign().ends_with("b=;"));
}

// As Exim 4.96 has laid out the same signatures.
TEST(DkimSignature, IsFoldedAsEximFoldsIt)
{
    const auto parsed = mail::HeaderList::parse("From: a\r\nTo: b\r\nSubject: c\r\n");
    const std::string hash(32, '\xff'), bits(64, '\0');
    const auto made = [&](DkimRequest request, std::string_view algorithm) {
        return DkimSignature{request, algorithm, parsed->headers, hash, 1795313469}.header(bits);
    };
    const std::string bh = "//////////////////////////////////////////8=";
    EXPECT_EQ(made({.domain = "test.ex", .selector = "ses", .headers = "From:To:Subject"}, "rsa"),
              "DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/relaxed; d=test.ex;\r\n"
              "\ts=ses; h=Subject:To:From; bh=" + bh + "; b=\r\n\t" + std::string(77, 'A') + "\r\n\t" + std::string(9, 'A') + "==;\r\n");
    EXPECT_EQ(made({.domain = "test.ex", .selector = "sed", .headers = "From:To:Subject"}, "ed25519"),
              "DKIM-Signature: v=1; a=ed25519-sha256; q=dns/txt; c=relaxed/relaxed; d=test.ex\r\n"
              "\t; s=sed; h=Subject:To:From; bh=" + bh + "; \r\n\tb=" + std::string(75, 'A') + "\r\n\t" + std::string(11, 'A') + "==;\r\n");
    EXPECT_EQ(made({.domain = "d.ex", .selector = "sel", .identity = "x@d.ex", .headers = "From", .lifetime = 3600}, "rsa"),
              "DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/relaxed; d=d.ex; s=sel\r\n"
              "\t; h=From; bh=" + bh + "; i=x@d.ex;\r\n\tt=1795313469; x=1795317069; b=" + std::string(47, 'A') + "\r\n\t" +
                  std::string(39, 'A') + "==;\r\n");
}

TEST(DkimSignature, SignsAllOfANameAndOneMoreWhereToldTo)
{
    const auto parsed = mail::HeaderList::parse("To: one\r\nTo: two\r\nFrom: x\r\n");
    DkimRequest request{.domain = "d", .selector = "s", .headers = "=To:+From"};
    const DkimSignature signature{request, "ed25519", parsed->headers, "hash", 1};
    EXPECT_NE(signature.to_sign().find("h=From:To:To:From;"), std::string::npos) << signature.to_sign();
}

TEST(DkimRequest, TravelsAsText)
{
    const DkimRequest request{.domain = "d.example", .selector = "s", .identity = "@d.example", .key = "/a/b", .headers = "From:To",
                              .canon = Canon::simple, .lifetime = 77, .strict = true};
    const auto back = DkimRequest::parse(request.text());
    EXPECT_EQ(back.text(), request.text());
    EXPECT_EQ(back.lifetime, 77);
    EXPECT_TRUE(back.strict);
}

}
}
