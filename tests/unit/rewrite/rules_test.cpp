#include "common/rewrite/rules.h"

#include <gtest/gtest.h>

namespace gp::rewrite {
namespace {

// A language and a scene without a message; rules as lines of a rewrite section.
class RewriteRules : public testing::Test {
protected:
    Rules read(const std::vector<RuleText>& texts)
    {
        auto rules = Rules::read(language_, texts);
        EXPECT_TRUE(rules) << rules.error().text;
        return rules ? std::move(rules).take() : Rules{};
    }
    std::string address(const std::vector<RuleText>& texts, std::string_view text, Where where = env_to)
    {
        return read(texts).address(scene_, text, where, &notes_);
    }
    std::string header(const std::vector<RuleText>& texts, const std::string& text)
    {
        const mail::Header before(text);
        return read(texts).header(scene_, before, &notes_).value_or("unchanged");
    }

    expand::Language language_ = expand::Language::linked();
    expand::Site site_{.primary_hostname = "host.ex", .qualify_domain = "q.ex", .qualify_recipient = "r.ex"};
    lookup::Lookups lookups_{Registry<lookup::Driver>::linked(), lookup::Environment{}};
    match::Lists lists_{match::NamedLists{}, match::Self{}, lookups_, nullptr};
    expand::World world_{.language = language_, .site = site_, .lookups = lookups_, .lists = lists_, .effects = {}};
    expand::Scene scene_{world_};
    Notes notes_;
};

TEST_F(RewriteRules, PutInWhatAsterisksStoodFor)
{
    EXPECT_EQ(address({{"*queen@*.fict.example", "$1+$2@x.ex", "", {}}}, "hearts-queen@wonderland.fict.example"),
              "hearts-+wonderland@x.ex");
    EXPECT_EQ(address({{"*@*.one.two", "$1@one.two", "", {}}}, "\"abc@xyz\"@X.one.two"), "\"abc@xyz\"@one.two");
    EXPECT_EQ(address({{"*pqr@^qu(.*)", "1=$1@zz$2", "", {}}}, "xpqr@query.query"), "1=x@zzery.query");
}

TEST_F(RewriteRules, LocalPartsAreCasefulAndVariablesKeepTheirCase)
{
    EXPECT_EQ(address({{"abc@d.ex", "x@y.ex", "", {}}}, "ABC@d.ex"), "ABC@d.ex");
    EXPECT_EQ(address({{"*@d.ex", "$local_part@new.$domain", "", {}}}, "AbC@D.ex"), "AbC@new.D.ex");
}

TEST_F(RewriteRules, WorkOnTheResultOfThoseBefore)
{
    EXPECT_EQ(address({{"*@a.ex", "$1@b.ex", "", {}}, {"*@b.ex", "$1@c.ex", "", {}}}, "u@a.ex"), "u@c.ex");
    EXPECT_EQ(address({{"*@a.ex", "$1@b.ex", "q", {}}, {"*@b.ex", "$1@c.ex", "", {}}}, "u@a.ex"), "u@b.ex");
    EXPECT_EQ(notes_.done.size(), 3u);
    EXPECT_EQ(notes_.done[1].rule, 2u);
}

TEST_F(RewriteRules, TakeTheAddressesOfAHeaderInTheirOrder)
{
    EXPECT_EQ(header({{"*@a.ex", "$1@long.b.ex", "t", {}}}, "To: x@a.ex, y@c.ex, z@a.ex\r\n"), "To: x@long.b.ex, y@c.ex, z@long.b.ex\r\n");
    ASSERT_EQ(notes_.done.size(), 2u);
    EXPECT_EQ(notes_.done[0].before, "x@a.ex");
    EXPECT_EQ(notes_.done[1].before, "z@a.ex");
}

TEST_F(RewriteRules, AnAsteriskEndsRewriting)
{
    EXPECT_EQ(address({{"root@*.ex", "*", "", {}}, {"*@a.ex", "$1@b.ex", "", {}}}, "root@a.ex"), "root@a.ex");
}

TEST_F(RewriteRules, AForcedFailureAbandonsTheRuleAloneUnlessItQuits)
{
    const RuleText second{"*@a.ex", "$1@b.ex", "", {}};
    EXPECT_EQ(address({{"*@a.ex", "${if eq{a}{b}{x@y.ex}fail}", "", {}}, second}, "u@a.ex"), "u@b.ex");
    EXPECT_EQ(address({{"*@a.ex", "${if eq{a}{b}{x@y.ex}fail}", "q", {}}, second}, "u@a.ex"), "u@a.ex");
}

TEST_F(RewriteRules, RepeatUpToTenTimes)
{
    EXPECT_EQ(address({{"\\N^a(.*)@x[.]ex$\\N", "$1@x.ex", "R", {}}}, "aaab@x.ex"), "b@x.ex");
    EXPECT_EQ(address({{"\\N^a(.*)@x[.]ex$\\N", "$1@x.ex", "R", {}}}, "aaaaaaaaaaaaaab@x.ex"), "aaaab@x.ex");
}

TEST_F(RewriteRules, UnqualifiedResultsNeedTheFlag)
{
    EXPECT_EQ(address({{"*@a.ex", "plain", "", {}}}, "u@a.ex"), "u@a.ex");
    EXPECT_EQ(notes_.troubles.size(), 1u);
    EXPECT_EQ(address({{"*@a.ex", "plain", "Q", {}}}, "u@a.ex"), "plain@r.ex");
}

TEST_F(RewriteRules, OnlyASenderBecomesNull)
{
    const std::vector<RuleText> rules = {{"error@*", "<>", "", {}}};
    EXPECT_EQ(address(rules, "error@a.ex", env_from), "");
    EXPECT_EQ(address(rules, "error@a.ex", env_to), "error@a.ex");
}

TEST_F(RewriteRules, FlagsSayWhere)
{
    EXPECT_EQ(address({{"*@a.ex", "$1@b.ex", "F", {}}}, "u@a.ex", env_from), "u@b.ex");
    EXPECT_EQ(address({{"*@a.ex", "$1@b.ex", "F", {}}}, "u@a.ex", env_to), "u@a.ex");
    EXPECT_EQ(address({{"*@a.ex", "$1@b.ex", "E", {}}}, "u@a.ex", env_to), "u@b.ex");
    EXPECT_EQ(address({{"*@a.ex", "$1@b.ex", "h", {}}}, "u@a.ex", env_to), "u@a.ex");
    EXPECT_EQ(header({{"*@a.ex", "$1@b.ex", "t", {}}}, "Resent-To: u@a.ex\r\n"), "Resent-To: u@b.ex\r\n");
    EXPECT_EQ(header({{"*@a.ex", "$1@b.ex", "f", {}}}, "To: u@a.ex\r\n"), "unchanged");
    EXPECT_EQ(header({{"*@a.ex", "$1@b.ex", "", {}}}, "Subject: u@a.ex\r\n"), "unchanged");
}

TEST_F(RewriteRules, HeadersKeepEverythingButTheWorkingPart)
{
    EXPECT_EQ(header({{"fp42@*", "prefectf@hitch.ex", "", {}}}, "From: Ford Prefect <fp42@restaurant.ex> (him)\r\n"),
              "From: Ford Prefect <prefectf@hitch.ex> (him)\r\n");
    EXPECT_EQ(header({{"*@a.ex", "$1@b.ex", "", {}}}, "To: x@c.ex,\r\n u@a.ex (c),\r\n v@a.ex \r\n"),
              "To: x@c.ex,\r\n u@b.ex (c),\r\n v@b.ex \r\n");
}

TEST_F(RewriteRules, WReplacesTheWholeItem)
{
    EXPECT_EQ(header({{"root@*.plc.example", "admin@plc.example (root@$1)", "wh", {}}}, "To: The Boss <root@box1.plc.example>, x@y\r\n"),
              "To: admin@plc.example (root@box1), x@y\r\n");
    EXPECT_EQ(address({{"root@*", "Admin <admin@plc.example>", "w", {}}}, "root@x.ex"), "admin@plc.example");
}

TEST_F(RewriteRules, SmtpTimeRulesSeeTheWholeArgument)
{
    const auto rules = read({{"^<([^!]+)!(.*)@here\\.ex>\\$", "<\\$2@\\$1>", "S", {}}});
    EXPECT_TRUE(rules.apply_to(at_smtp_time));
    EXPECT_FALSE(rules.apply_to(all_envelope));
}

TEST_F(RewriteRules, AreShownForEveryPlace)
{
    const auto rules = read({{"*@a.ex", "$1@b.ex", "sF", {}}});
    EXPECT_EQ(test_lines(rules, scene_, "u@a.ex"), "  sender: u@b.ex\n    from: u@a.ex\n      to: u@a.ex\n      cc: u@a.ex\n"
                                                   "     bcc: u@a.ex\nreply-to: u@a.ex\nenv-from: u@b.ex\n  env-to: u@a.ex\n");
}

// As Exim's -brw has them, asked of 4.96.
TEST_F(RewriteRules, ShowWhatIsNoAddressAndNoRoute)
{
    const auto rules = read({{"*@a.ex", "$1@b.ex", "s", {}}});
    EXPECT_TRUE(test_lines(rules, scene_, "u@a.ex.").starts_with("Syntax error in u@a.ex.\nDomain missing or malformed\n")) << test_lines(rules, scene_, "u@a.ex.");
    EXPECT_TRUE(test_lines(rules, scene_, "@r:u@a.ex").starts_with("  sender: u@b.ex\n    from: u@a.ex\n")) << test_lines(rules, scene_, "@r:u@a.ex");
}

TEST_F(RewriteRules, APatternThatIsNegatedMatchesTheOthers)
{
    EXPECT_EQ(address({{"!*@a.ex", "$local_part@b.ex", "", {}}}, "u@c.ex"), "u@b.ex");
    EXPECT_EQ(address({{"! *@a.ex", "x@b.ex", "", {}}}, "u@a.ex"), "u@a.ex");
    EXPECT_EQ(address({{"!^u", "x@b.ex", "", {}}}, "v@a.ex"), "x@b.ex");
}

TEST_F(RewriteRules, AnAsteriskInADomainAloneIsTheFirstNumber)
{
    EXPECT_EQ(address({{"*", "$1@b.ex", "", {}}}, "u@A.ex"), "a.ex@b.ex");
    EXPECT_EQ(address({{"*.ex", "$1@b.ex", "", {}}}, "u@A.EX"), "a@b.ex");
    EXPECT_EQ(address({{"*.ex", "$1@b.ex", "", {}}}, "u@a.org"), "u@a.org");
}

TEST_F(RewriteRules, WithDomainChangesOneDomainEverywhere)
{
    const mail::Header to("To: U <u@short>, v@other.ex, w@SHORT\r\n");
    EXPECT_EQ(with_domain(to, "short", "short.wide.ex"), "To: U <u@short.wide.ex>, v@other.ex, w@short.wide.ex\r\n");
    EXPECT_EQ(with_domain(mail::Header("Subject: u@short\r\n"), "short", "x"), std::nullopt);
}

}
}
