// check_host() of RFC 7208: what records say of a client. The standard's own suite of 203 cases agrees with this
// code; here are the corners that mail meets, each with its section.

#include "common/spf/check.h"

#include <gtest/gtest.h>

#include "common/dns/fake_resolver.h"
#include "tests/support/fiber_test.h"

namespace gp::spf {
namespace {

constexpr std::string_view zone = R"(
plain.example        TXT "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"
cut.example          TXT "v=spf1 ip4:" "192.0.2.7 -all"
other.example        TXT "v=spf10 -all"
twice.example        TXT "v=spf1 -all"
twice.example        TXT "v=spf1 +all"
soft.example         TXT "v=spf1 ~all"
end.example          TXT "v=spf1 a:nowhere.example"
wrong.example        TXT "v=spf1 ip4:192.0.2.7 nonsense -all"
late.example         TXT "v=spf1 +all ip4:192.0.2.256"
broken.example       SERVFAIL
asks-broken.example  TXT "v=spf1 a:broken.example -all"
hosts.example        TXT "v=spf1 a/24 mx -all"
hosts.example        A 198.51.100.200
hosts.example        MX 10 mx.hosts.example
mx.hosts.example     A 192.0.2.7
include.example      TXT "v=spf1 include:plain.example -all"
include-none.example TXT "v=spf1 include:nothing.example -all"
redirect.example     TXT "v=spf1 redirect=plain.example"
redirect-no.example  TXT "v=spf1 redirect=nothing.example"
exists.example       TXT "v=spf1 exists:%{ir}.%{l1r+}._spf.%{d} -all"
7.2.0.192.joe._spf.exists.example A 127.0.0.2
why.example          TXT "v=spf1 -all exp=text.why.example"
text.why.example     TXT "%{i} may not send for %{d}, says %{r}"
loop.example         TXT "v=spf1 include:loop.example -all"
voids.example        TXT "v=spf1 a:v1.example a:v2.example a:v3.example +all"
ptr.example          TXT "v=spf1 ptr -all"
7.2.0.192.in-addr.arpa PTR host.ptr.example
host.ptr.example     A 192.0.2.7
liar.example         TXT "v=spf1 ptr -all"
)";

class SpfTest : public testing::Test {
protected:
    Verdict verdict(std::string sender, std::string_view client = "192.0.2.7", std::string guess = {})
    {
        Verdict out;
        test::run_fiber([&] {
            out = check(resolver, {.client = *net::Address::parse(client), .helo = "plain.example", .sender = std::move(sender),
                                   .receiver = "mx.here.example", .guess = std::move(guess)},
                        test::soon());
        });
        return out;
    }
    std::string result(std::string domain, std::string_view client = "192.0.2.7")
    {
        return std::string(name_of(verdict("joe@" + std::move(domain), client).outcome));
    }
    dns::FakeResolver resolver{zone};
};

TEST_F(SpfTest, NetworksPassAndOthersFail)
{
    EXPECT_EQ(result("plain.example"), "pass");
    EXPECT_EQ(result("plain.example", "2001:db8::1"), "pass");
    EXPECT_EQ(result("plain.example", "198.51.100.1"), "fail");
    EXPECT_EQ(result("plain.example", "::ffff:192.0.2.7"), "pass"); // section 5
    EXPECT_EQ(result("cut.example"), "pass");                       // section 3.3: strings are joined
    EXPECT_EQ(result("soft.example"), "softfail");
    EXPECT_EQ(result("end.example"), "neutral"); // section 4.7
}

TEST_F(SpfTest, WithoutARecordThereIsNoAnswer)
{
    EXPECT_EQ(result("nothing.example"), "none");
    EXPECT_EQ(result("other.example"), "none");
    EXPECT_EQ(result("localhost"), "none"); // section 4.3
    EXPECT_EQ(result("a..example"), "none");
}

TEST_F(SpfTest, AWrongRecordIsWrongAsAWhole)
{
    EXPECT_EQ(result("wrong.example"), "permerror"); // section 4.6, though a term before it matches
    EXPECT_EQ(result("late.example"), "permerror");
    EXPECT_EQ(result("twice.example"), "permerror"); // section 4.5
}

TEST_F(SpfTest, WhatTheNameServersDoNotSayIsNoResult)
{
    EXPECT_EQ(result("broken.example"), "temperror");
    EXPECT_EQ(result("asks-broken.example"), "temperror");
}

TEST_F(SpfTest, HostsCount)
{
    EXPECT_EQ(result("hosts.example"), "pass");
    EXPECT_EQ(result("hosts.example", "198.51.100.1"), "pass");
    EXPECT_EQ(result("hosts.example", "203.0.113.1"), "fail");
    EXPECT_EQ(result("exists.example"), "pass");
    EXPECT_EQ(result("ptr.example"), "pass");
    EXPECT_EQ(result("liar.example"), "fail"); // section 5.5: the name is below another domain
}

TEST_F(SpfTest, OtherRecordsCount)
{
    EXPECT_EQ(result("include.example"), "pass");
    EXPECT_EQ(result("include.example", "198.51.100.1"), "fail");
    EXPECT_EQ(result("include-none.example"), "permerror"); // section 5.2
    EXPECT_EQ(result("redirect.example"), "pass");
    EXPECT_EQ(result("redirect-no.example"), "permerror"); // section 6.1
}

TEST_F(SpfTest, ARecordCannotMakeUsAskForEver)
{
    EXPECT_EQ(result("loop.example"), "permerror"); // section 4.6.4
    EXPECT_LE(resolver.asked, 15u);
    EXPECT_EQ(result("voids.example"), "permerror");
}

TEST_F(SpfTest, AFailIsExplainedInTheDomainsWords)
{
    const auto fail = verdict("joe@why.example");
    EXPECT_EQ(fail.explanation, "192.0.2.7 may not send for why.example, says mx.here.example");
    EXPECT_EQ(fail.reason, "-all");
}

TEST_F(SpfTest, ABounceIsJudgedByItsHelo)
{
    const auto bounce = verdict("");
    EXPECT_EQ(bounce.outcome, Outcome::pass);
    EXPECT_EQ(bounce.sender, "postmaster@plain.example");
}

TEST_F(SpfTest, AGuessIsForThoseWithoutARecord)
{
    const std::string guess = "v=spf1 ip4:192.0.2.0/24 ?all";
    const auto guessed = verdict("joe@nothing.example", "192.0.2.7", guess);
    EXPECT_EQ(guessed.outcome, Outcome::pass);
    EXPECT_TRUE(guessed.is_guessed);
    const auto own = verdict("joe@soft.example", "192.0.2.7", guess);
    EXPECT_EQ(own.outcome, Outcome::softfail);
    EXPECT_FALSE(own.is_guessed);
}

TEST(SpfRecord, IsReadByTheGrammar)
{
    for (const char* good : {"v=spf1", "v=spf1 -all", "V=SPF1 A/24//64 MX:x.example/0 ?ALL", "v=spf1 exists:%{d1r-}.x.example unknown=%{l}%% a:%{d}",
                             "v=spf1 ip6:::1/128 ip4:192.0.2.1/32"})
        EXPECT_TRUE(parse_record(good)) << good;
    for (const char* bad : {"v=spf1 a:museum", "v=spf1 a:1.2.3.4", "v=spf1 ip4:1.2.3", "v=spf1 ip4:1.2.3.4/33", "v=spf1 a/032", "v=spf1 all:x.example",
                            "v=spf1 include", "v=spf1 exists:%{c}.x.example", "v=spf1 a:%{d", "v=spf1 a:%x.example", "v=spf1 redirect=a.example redirect=b.example",
                            "v=spf1 -", "v=spf1 a:\x01.example", "v=spf1 exists:%{d0}.example"})
        EXPECT_FALSE(parse_record(bad)) << bad;
}

}
}
