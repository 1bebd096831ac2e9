// What a domain's record says of messages that claim to be from it; each with its section of RFC 7489.

#include "common/dmarc/check.h"

#include <gtest/gtest.h>

#include "common/dns/fake_resolver.h"
#include "tests/support/fiber_test.h"

namespace gp::dmarc {
namespace {

constexpr std::string_view zone = R"(
_dmarc.strict.example      TXT "v=DMARC1; p=reject; adkim=s; aspf=s"
_dmarc.cut.example         TXT "v=DMARC1; p=rej" "ect"
_dmarc.relaxed.example     TXT "v=DMARC1;p=quarantine; sp=reject"
_dmarc.own.relaxed.example TXT "v=DMARC1; p=none"
_dmarc.twice.example       TXT "v=DMARC1; p=reject"
_dmarc.twice.example       TXT "v=DMARC1; p=none"
_dmarc.other.example       TXT "v=spf1 -all"
_dmarc.other.example       TXT "v=DMARC1; p=reject"
_dmarc.wrong.example       TXT "v=DMARC1; p=refuse"
_dmarc.watched.example     TXT "v=DMARC1; p=refuse; rua=mailto:a@watched.example"
_dmarc.late.example        TXT "p=reject; v=DMARC1"
_dmarc.broken.example      SERVFAIL
_dmarc.sld.co.test         TXT "v=DMARC1; p=reject"
)";

constexpr std::string_view list = R"(// a remark
example
co.test
*.ck
!www.ck
公司.test   what follows a blank is no part of it
)";

class DmarcTest : public testing::Test {
protected:
    Verdict verdict(std::string from, std::string spf = {}, std::vector<std::string> signers = {})
    {
        Verdict out;
        test::run_fiber([&] {
            out = check(resolver, suffixes, {.from = std::move(from), .spf = std::move(spf), .signers = std::move(signers)}, test::soon());
        });
        return out;
    }
    std::string result(std::string from, std::string spf = {}, std::vector<std::string> signers = {})
    {
        return std::string(name_of(verdict(std::move(from), std::move(spf), std::move(signers)).status));
    }

    dns::FakeResolver resolver{zone};
    Suffixes suffixes = Suffixes::parse(list);
};

TEST_F(DmarcTest, TellsOrganisationsApartByTheListOfPublicSuffixes) // section 3.2
{
    EXPECT_EQ(suffixes.organisation_of("a.b.c.example"), "c.example");
    EXPECT_EQ(suffixes.organisation_of("A.B.CO.Test."), "b.co.test");
    EXPECT_EQ(suffixes.organisation_of("co.test"), "co.test");
    EXPECT_EQ(suffixes.organisation_of("x.y.ck"), "x.y.ck");
    EXPECT_EQ(suffixes.organisation_of("w.x.y.ck"), "x.y.ck");
    EXPECT_EQ(suffixes.organisation_of("a.www.ck"), "www.ck");
    EXPECT_EQ(suffixes.organisation_of("a.unlisted.zz"), "unlisted.zz");
    EXPECT_EQ(suffixes.organisation_of("b.a.xn--55qx5d.test"), "a.xn--55qx5d.test");
    EXPECT_EQ(suffixes.organisation_of("one"), "one");
    EXPECT_EQ(suffixes.organisation_of(""), "");
}

TEST_F(DmarcTest, AcceptsWhatSpfOrDkimVouchesFor) // section 3.1
{
    EXPECT_EQ(result("strict.example", "strict.example"), "accept");
    EXPECT_EQ(result("STRICT.example", {}, {"other.example", "strict.EXAMPLE"}), "accept");
    EXPECT_EQ(result("relaxed.example", "bounces.relaxed.example"), "accept");
    EXPECT_EQ(result("relaxed.example", {}, {"mail.relaxed.example"}), "accept");
    EXPECT_EQ(result("x.sld.co.test", "y.sld.co.test"), "accept");
    const auto one = verdict("relaxed.example", "a.relaxed.example", {"strict.example"});
    EXPECT_TRUE(one.spf_fits);
    EXPECT_FALSE(one.dkim_fits);
}

TEST_F(DmarcTest, DoesWhatTheRecordSaysOfTheRest)
{
    EXPECT_EQ(result("strict.example"), "reject");
    EXPECT_EQ(result("strict.example", "a.strict.example", {"a.strict.example"}), "reject");
    EXPECT_EQ(result("relaxed.example", "strict.example"), "quarantine");
    EXPECT_EQ(result("cut.example"), "reject");
    EXPECT_EQ(result("other.example"), "reject");
    EXPECT_EQ(result("x.sld.co.test", "z.co.test"), "reject");
}

TEST_F(DmarcTest, AsksTheOrganisationWhereADomainHasNoRecord) // section 6.6.3
{
    const auto below = verdict("a.b.relaxed.example");
    EXPECT_EQ(below.status, Status::reject); // sp=
    EXPECT_EQ(below.used_domain, "relaxed.example");
    EXPECT_EQ(below.declared, Policy::quarantine);
    EXPECT_EQ(result("own.relaxed.example"), "none");
}

TEST_F(DmarcTest, TakesWhatIsNoRecordForNone)
{
    EXPECT_EQ(result("nothing.example"), "norecord");
    EXPECT_EQ(result("twice.example"), "norecord");
    EXPECT_EQ(result("wrong.example"), "norecord");
    EXPECT_EQ(result("late.example"), "norecord");
    EXPECT_EQ(result("watched.example"), "none");
    EXPECT_FALSE(verdict("nothing.example").declared);
}

TEST_F(DmarcTest, CannotTellWhereTheDnsCannot)
{
    EXPECT_EQ(result("broken.example", "broken.example"), "temperror");
    EXPECT_EQ(result("a.broken.example"), "temperror");
}

}
}
