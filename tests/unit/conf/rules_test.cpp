#include "conf/params/rules.h"

#include <gtest/gtest.h>

namespace gp::conf {
namespace {

using namespace std::chrono_literals;

config::Line line(const std::string& text)
{
    return {text, {std::make_shared<const std::string>("conf"), 7}};
}

RetryRule retry(const std::string& text)
{
    config::Problems problems;
    auto rules = read_retry({line(text)}, problems);
    EXPECT_FALSE(problems.has_errors()) << problems.text();
    return rules.empty() ? RetryRule{} : rules[0];
}

TEST(RetryRules, AreSplitIntoPatternErrorAndSteps)
{
    const auto rule = retry("*  *   F,2h,15m; G,16h,1h,1.5; h,4d,6h,2;");
    EXPECT_EQ(rule.pattern, "*");
    EXPECT_EQ(rule.error, "*");
    EXPECT_EQ(rule.senders, "");
    EXPECT_EQ(rule.steps, (std::vector<RetryStep>{{'F', 2h, 15min, 0}, {'G', 16h, 1h, 1500}, {'H', 96h, 6h, 2000}}));
    EXPECT_EQ(rule.origin.text(), "conf:7");
}

TEST(RetryRules, MayNameSenders)
{
    EXPECT_EQ(retry("a@b quota_7d senders=x@y F,1h,1m").senders, "x@y");
    EXPECT_EQ(retry("* * senders = \"x@y : z@y\"  F,1h,1m").senders, "x@y : z@y");
}

TEST(RetryRules, MayHaveQuotedPatternsAndNoSteps)
{
    const auto rule = retry("\"^a b\\\"\" refused");
    EXPECT_EQ(rule.pattern, "^a b\"");
    EXPECT_TRUE(rule.steps.empty());
    EXPECT_EQ(retry("*.x.example rcpt_4xx F,1h,1m;G,2h,1m,1").steps.size(), 2u);
}

TEST(RetryRules, KnowTheErrorsOfTheManual)
{
    for (const auto* word : {"quota", "quota_1w2d", "refused_MX", "refused_A", "timeout", "timeout_A", "timeout_connect_MX",
                             "timeout_DNS", "rcpt_452", "mail_45x", "data_4xx", "auth_failed", "AUTH_FAILED",
                             "lost_connection", "tls_required", "lookup"}) {
        config::Problems problems;
        read_retry({line(std::string("* ") + word + " F,1h,1m")}, problems);
        EXPECT_EQ(problems.has_errors(), std::string_view(word) == "timeout_DNS") << word;
    }
}

struct ErrorCase {
    std::string text, want;
};

TEST(RetryRules, SayWhatIsWrong)
{
    const ErrorCase cases[] = {
        {"*", "missing error type in retry rule"},
        {"* foo F,2h,15m", "unknown or malformed retry error \"foo\""},
        {"* refuse F,2h,15m", "unknown or malformed retry error \"refuse\" (did you mean refused?)"},
        {"* rcpt_552 F,2h,15m", "\"rcpt_552\" must be 4xx, 4dx or 4dd"},
        {"* rcpt_4 F,2h,15m", "\"rcpt_4\" must be 4xx, 4dx or 4dd"},
        {"* mail_4x5 F,2h,15m", "\"mail_4x5\" must be"},
        {"* quota_7 F,2h,15m", "bad time value in \"quota_7\""},
        {"* * X,2h,15m", "unknown retry rule letter \"X\""},
        {"* * fixed,2h,15m", "unknown retry rule letter \"fixed\""},
        {"* * F,2h,15m,1.5", "F wants two times"},
        {"* * F,2h,15m G,16h,1h,1.5", "F wants two times"},
        {"* * G,2h,15m", "G and H want two times and a factor"},
        {"* * G,2h,15m,0.5", "bad parameters for retry rule: the factor must be at least 1"},
        {"* * F,2,15m", "invalid time value \"2\""},
        {"* * F,2h,0s", "bad parameters for retry rule: the interval must be longer than 0s"},
        {"* * F,0s,1s", "bad parameters for retry rule: the time until which it counts"},
        {"* * F,2h,15m;;G,4h,1h,1.5", "unknown retry rule letter \"\""},
        {"* * senders x F,2h,15m", "\"=\" expected after \"senders\""},
        {"* * senders=a : b F,2h,15m", "unknown retry rule letter \": b F\""},
        {"\"a * F,2h,15m", "missing quote at the end of"},
    };
    for (const auto& test : cases) {
        config::Problems problems;
        read_retry({line(test.text)}, problems);
        ASSERT_EQ(problems.errors(), 1u) << test.text;
        EXPECT_TRUE(problems.text().starts_with("conf:7: " + test.want)) << problems.text();
    }
}

TEST(RewriteRules, AreSplitIntoPatternReplacementAndFlags)
{
    config::Problems problems;
    const auto rules = read_rewrite({line("*@a.b ${lookup{$1}lsearch{/x}{$value}fail}  bcfrtT"), line("\"^a b\" \"$1 x\" Ss q"),
                                     line("a@b \"\"")},
                                    problems);
    ASSERT_FALSE(problems.has_errors()) << problems.text();
    EXPECT_EQ(rules[0].replacement, "${lookup{$1}lsearch{/x}{$value}fail}");
    EXPECT_EQ(rules[0].flags, "bcfrtT");
    EXPECT_EQ(rules[1].pattern, "^a b");
    EXPECT_EQ(rules[1].flags, "Ssq");
    EXPECT_EQ(rules[2].replacement, "");
}

TEST(RewriteRules, OfSmtpTimeMayProtectTheirRegularExpression)
{
    config::Problems problems;
    read_rewrite({line("\\N^<(.*)>$\\N x@y S")}, problems);
    EXPECT_FALSE(problems.has_errors()) << problems.text();
}

TEST(RewriteRules, SayWhatIsWrong)
{
    const ErrorCase cases[] = {
        {"*@a", "missing rewrite replacement string"},
        {"*@a x X", "unknown rewrite flag character 'X'"},
        {"*@a ${if eq{a}{b} {x}{y}} T", "unknown rewrite flag character 'e' (could be missing quotes round replacement item)"},
        {"a x S", "rewrite rule has the S flag but is not a regular expression"},
        {"*@a \"x", "missing quote at the end of"},
    };
    for (const auto& test : cases) {
        config::Problems problems;
        read_rewrite({line(test.text)}, problems);
        ASSERT_EQ(problems.errors(), 1u) << test.text;
        EXPECT_TRUE(problems.text().starts_with("conf:7: " + test.want)) << problems.text();
    }
}

}
}
