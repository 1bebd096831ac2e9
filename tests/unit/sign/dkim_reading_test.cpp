// Signatures that came with a message, held against keys; made here with OpenSSL by what RFC 6376 says of them.

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/sign/dkim_reading.h"
#include "common/sign/dkim_signature.h"

namespace gp::sign {
namespace {

constexpr std::string_view body = "one  two \r\n\r\n..dots\r\n\r\n\r\n";

struct Key {
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{nullptr, &EVP_PKEY_free};
    bool is_rsa;

    explicit Key(bool rsa) : is_rsa(rsa) { key.reset(rsa ? EVP_RSA_gen(1024) : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }
    std::string record(std::string_view more = {}) const
    {
        unsigned char* der = nullptr;
        const int size = i2d_PUBKEY(key.get(), &der);
        std::string octets(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
        OPENSSL_free(der);
        if (!is_rsa)
            octets = octets.substr(octets.size() - 32);
        return "v=DKIM1; k=" + std::string(is_rsa ? "rsa" : "ed25519") + ";" + std::string(more) + " p=" + base64_encode(octets);
    }
    std::string sign(const std::string& text) const
    {
        const auto octets = is_rsa ? text : sha256(text);
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
        EVP_DigestSignInit(context.get(), nullptr, is_rsa ? EVP_sha256() : nullptr, nullptr, key.get());
        std::size_t size = 1024;
        std::string out(size, '\0');
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                       reinterpret_cast<const unsigned char*>(octets.data()), octets.size());
        out.resize(size);
        return out;
    }
};

// Our own signer's, put in front of a message.
mail::HeaderList signed_headers(const Key& key, Canon canon, std::string_view headers)
{
    auto list = mail::HeaderList::parse(headers)->headers;
    BodyHash hash{canon, BodyHash::Digest::sha256};
    hash.add(body);
    const DkimRequest request{.domain = "a.example", .selector = "s", .headers = "From:Subject:To", .canon = canon};
    const DkimSignature signature{request, key.is_rsa ? "rsa" : "ed25519", list, hash.finish(), 1000};
    list.add_top(signature.header(key.sign(signature.to_sign())));
    return list;
}

constexpr std::string_view headers = "From: Joe <joe@a.example>\r\nSubject:  folded\r\n\t and   spaced \r\n\r\n";

ReadSignature first(const mail::HeaderList& list)
{
    return read_signature(list, list[0]);
}

bool has_right_body(const ReadSignature& read, std::string_view text)
{
    auto hasher = read.hasher();
    hasher.add(text);
    return hasher.finish() == read.body_hash;
}

TEST(DkimReading, WhatOurSignerMakesIsGood)
{
    for (const bool rsa : {true, false})
        for (const auto canon : {Canon::simple, Canon::relaxed}) {
            const Key key{rsa};
            const auto read = first(signed_headers(key, canon, headers));
            EXPECT_EQ(read.told.status, "") << read.told.reason;
            EXPECT_TRUE(has_right_body(read, body));
            EXPECT_FALSE(has_right_body(read, "other\r\n"));
            EXPECT_EQ(check_signature(read.told, key.record()).signature.status, "pass");
            const Key other{rsa};
            EXPECT_EQ(check_signature(read.told, other.record()).signature.reason, "signature_incorrect");
        }
}

TEST(DkimReading, AChangedHeaderOrOneThatWasAddedIsNoticed)
{
    const Key key{false};
    auto changed = signed_headers(key, Canon::relaxed, headers);
    changed.find("Subject")->set_value("other");
    EXPECT_EQ(check_signature(first(changed).told, key.record()).signature.status, "fail");
    auto added = signed_headers(key, Canon::relaxed, headers);
    added.add_bottom("To: x@y.example\r\n"); // signed as absent
    EXPECT_EQ(check_signature(first(added).told, key.record()).signature.status, "fail");
}

TEST(DkimReading, KeysSayForWhatTheyAre)
{
    const Key key{true};
    const auto told = first(signed_headers(key, Canon::relaxed, headers)).told;
    EXPECT_EQ(check_signature(told, key.record(" s=email; t=y:s; n=a note;")).signature.status, "pass");
    EXPECT_TRUE(check_signature(told, key.record(" t=y:s;")).key_is_testing);
    EXPECT_EQ(check_signature(told, key.record(" s=other;")).signature.status, "invalid");
    EXPECT_EQ(check_signature(told, key.record(" h=sha1;")).signature.status, "fail");
    EXPECT_EQ(check_signature(told, "v=DKIM1; p=").signature.reason, "pubkey_syntax");
    EXPECT_EQ(check_signature(told, "v=DKIM1; p=AAAA").signature.reason, "pubkey_import");
    EXPECT_EQ(check_signature(told, "v=spf1 -all").signature.status, "invalid");
    auto elsewhere = told;
    elsewhere.identity = "joe@sub.a.example";
    EXPECT_EQ(check_signature(elsewhere, key.record(" t=s;")).signature.status, "fail");
}

TEST(DkimReading, BrokenTagsAreNamed)
{
    const auto status = [](std::string_view tags) {
        const auto list = mail::HeaderList::parse("DKIM-Signature: " + std::string(tags) + "\r\nFrom: a\r\n\r\n")->headers;
        const auto told = first(list).told;
        return told.status + " " + told.reason;
    };
    constexpr std::string_view broken = "invalid signature tag missing or invalid";
    EXPECT_EQ(status("v=1; a=rsa-sha256; d=x; s=s; h=from; bh=AAAA; b=AAAA"), " ");
    EXPECT_EQ(status("v=1; a=rsa-sha256; d=x; s=s; h=from; bh=AAAA"), broken);
    EXPECT_EQ(status("v=1; a=rsa-sha256; d=bank.example:x.evil.example; s=s; h=from; bh=AAAA; b=AAAA"), broken); // two names
    EXPECT_EQ(status("v=1; a=rsa-sha256; d=x; s=s,t; h=from; bh=AAAA; b=AAAA"), broken);
    EXPECT_EQ(status("v=1; a=rsa-sha256; d=x; s=s; h=from; b=AAAA"), " "); // a body that does not match, later
    EXPECT_EQ(status("v=1; a=dsa-sha256; d=x; s=s; h=from; bh=AAAA; b=AAAA"), broken);
    EXPECT_EQ(status("v=1; a=rsa-sha256; d=x; s=s; h=from; bh=AAAA; b=AAAA; l=-1"), broken);
    EXPECT_EQ(status("v=1; a=rsa-sha256; c=odd/simple; d=x; s=s; h=from; bh=AAAA; b=AAAA"), broken);
    EXPECT_EQ(status("v=2; a=rsa-sha256; d=x; s=s; h=from; bh=AAAA; b=AAAA"), "invalid unsupported DKIM version");
    EXPECT_EQ(status("a;;=;v=1"), broken);
}

}
}
