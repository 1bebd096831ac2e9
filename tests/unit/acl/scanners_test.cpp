// The conditions malware and spam: what they ask for, and what they make of the answer (manual chapter 45).

#include "tests/unit/acl/bench.h"

namespace gp::acl {
namespace {

class Answers final : public Scanners {
public:
    Result<ScanAnswer> scan(const ScanRequest& request) override
    {
        asked.push_back(request);
        return answer;
    }
    Result<ScanAnswer> answer = ScanAnswer{};
    std::vector<ScanRequest> asked;
};

class ScannersTest : public testing::Test {
protected:
    std::string verdict(std::string_view text)
    {
        Bench bench;
        bench.scanners = &answers;
        auto said = bench.verdict(text, where_data);
        kept = bench.state.variables;
        return said;
    }
    void finds(std::string name) { answers.answer = ScanAnswer{{{"malware_name", std::move(name)}}, "[192.0.2.1]:3310"}; }
    void scores(std::string score, bool is_spam)
    {
        answers.answer = ScanAnswer{{{"spam_score", std::move(score)}, {"spam_report", "why"}, {"spam_is", is_spam ? "1" : "0"}}, "/s"};
    }
    Answers answers;
    std::vector<mail::Variable> kept;
};

TEST_F(ScannersTest, MalwareHasTheNameOfWhatWasFound)
{
    EXPECT_EQ(verdict("deny malware = *\naccept"), "accept");
    finds("Eicar-Test");
    EXPECT_EQ(verdict("deny malware = *\nmessage = $malware_name at $callout_address\naccept"), "deny: Eicar-Test at [192.0.2.1]:3310");
    EXPECT_EQ(verdict("deny malware = Eicar\naccept"), "deny");
    EXPECT_EQ(verdict("deny malware = eicar\naccept"), "accept"); // letters count, as in Exim 4.96
    EXPECT_EQ(verdict("deny malware = E//i\naccept"), "accept");
    EXPECT_EQ(verdict("deny malware = <; Eicar[/-]Test;tmo=3s\naccept"), "deny");
    EXPECT_EQ(answers.asked.back().timeout, std::chrono::seconds(3));
    EXPECT_EQ(answers.asked.back().servers, "the servers");
}

TEST_F(ScannersTest, NothingIsScannedWhereNobodyWants)
{
    finds("x");
    for (const char* no : {"0", "false", "", "${if eq{a}{b}{*}}"})
        EXPECT_EQ(verdict("deny malware = " + std::string(no) + "\naccept"), "accept") << no;
    for (const char* no : {"0", "false", "false:true"})
        EXPECT_EQ(verdict("deny spam = " + std::string(no) + "\naccept"), "accept") << no;
    EXPECT_TRUE(answers.asked.empty());
}

TEST_F(ScannersTest, WithoutAScannerMailWaitsUnlessItMayPass)
{
    answers.answer = temporary("all servers failed");
    EXPECT_EQ(verdict("deny malware = *\naccept"), "defer");
    EXPECT_EQ(verdict("deny malware = * / defer_ok\naccept"), "accept");
    EXPECT_EQ(verdict("deny malware = */defer_ok\ndeny message = $av_failed"), "deny: 1");
    EXPECT_EQ(verdict("deny spam = joe\naccept"), "defer");
    EXPECT_EQ(verdict("deny spam = joe/defer_ok\naccept"), "accept");
}

TEST_F(ScannersTest, SpamIsSaidOfAUser)
{
    scores("3.2", false);
    EXPECT_EQ(verdict("deny spam = joe\naccept"), "accept");
    EXPECT_EQ(answers.asked.back().user, "joe");
    EXPECT_EQ(verdict("deny spam = joe:true\nmessage = $spam_score ($spam_report)\naccept"), "deny: 3.2 (why)");
    scores("9.0", true);
    EXPECT_EQ(verdict("deny spam = true\naccept"), "deny");
    EXPECT_EQ(answers.asked.back().user, "nobody");
}

TEST_F(ScannersTest, TheScoreGoesWithTheMessageAndTheReportDoesNot)
{
    scores("9.0", true);
    EXPECT_EQ(verdict("warn spam = joe\nwarn spam = joe:true\naccept"), "accept");
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].name, "spam_score");
    EXPECT_EQ(kept[0].value, "9.0");
}

TEST_F(ScannersTest, WhatIsNoOptionIsRefusedByName)
{
    EXPECT_EQ(verdict("deny malware = */deferok\naccept"),
              "error: condition malware: \"deferok\" is no option: defer_ok and tmo= are (a slash of a pattern is doubled)");
    EXPECT_EQ(verdict("deny spam = joe/true\naccept"), "error: condition spam: \"true\" is no option: defer_ok is");
}

}
}
