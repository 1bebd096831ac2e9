#include "qmgr/retry_rules.h"

#include <gtest/gtest.h>

#include "qmgr/error_names.h"
#include "qmgr/regex.h"

namespace gp::qmgr {
namespace {

constexpr std::int64_t minute = 60, hour = 3600, day = 86400;

RetryRules rules(const std::vector<std::string>& lines)
{
    auto parsed = RetryRules::parse(lines, pcre_matcher());
    EXPECT_TRUE(parsed) << parsed.error().text;
    return parsed ? std::move(parsed).take() : RetryRules{};
}

std::string refusal(const std::string& line)
{
    auto parsed = RetryRules::parse({line}, pcre_matcher());
    return parsed ? "accepted" : parsed.error().text;
}

// The intervals between tries when each one is made exactly at its time, until the rule is given up.
std::vector<std::int64_t> intervals(const RetryRule& rule, std::size_t most, std::int64_t longest = day)
{
    std::vector<std::int64_t> found;
    const std::int64_t start = 1'000'000;
    std::int64_t now = start;
    RetryTimes before{.first_failed = start};
    while (found.size() < most) {
        const auto next = next_try(rule, before, now, longest, [](std::int64_t n) { return n / 2; });
        if (next.expired)
            break;
        found.push_back(next.at - now);
        before = {.first_failed = start, .last_try = now, .next_try = next.at};
        now = next.at;
    }
    return found;
}

// The examples of manual 32.8.
const std::vector<std::string> manual = {
    "alice@wonderland.fict.example quota_5d  F,7d,3h",
    "wonderland.fict.example       quota_5d",
    "wonderland.fict.example       *         F,1h,15m; G,2d,1h,2;",
    "lookingglass.fict.example     *         F,24h,30m;",
    "*                 refused_A   F,2h,20m;",
    "*                 *           F,2h,15m; G,16h,1h,1.5; F,5d,8h",
};

std::size_t number_of(const RetryRules& of, std::string_view subject, std::string_view alternate,
                      std::string_view error, std::string_view sender = "s@x.example")
{
    const auto* rule = of.find(subject, alternate, error, sender);
    return rule ? static_cast<std::size_t>(rule - &of[0]) + 1 : 0;
}

TEST(RetryRules, AreFoundInOrderAsTheManualsExamplesSay)
{
    const auto all = rules(manual);
    EXPECT_EQ(number_of(all, "alice@wonderland.fict.example", "", "quota_6d"), 1u);
    EXPECT_EQ(number_of(all, "bob@wonderland.fict.example", "", "quota_6d"), 2u);
    EXPECT_EQ(number_of(all, "alice@wonderland.fict.example", "", "quota_4d"), 3u);
    EXPECT_EQ(number_of(all, "alice@wonderland.fict.example", "", "quota"), 3u);
    EXPECT_EQ(number_of(all, "wonderland.fict.example", "", "lookup"), 3u);
    EXPECT_EQ(number_of(all, "lookingglass.fict.example", "", "refused_A"), 4u);
    EXPECT_EQ(number_of(all, "mail.example", "x.example", "refused_A"), 5u);
    EXPECT_EQ(number_of(all, "mail.example", "x.example", "refused_MX"), 6u);
    EXPECT_EQ(number_of(all, "x.example", "", ""), 6u);
}

// Manual 32.4: each line is tried with the host's name, then with the domain, before the next line.
TEST(RetryRules, TryHostAndDomainOnEachLine)
{
    const auto all = rules({"p.q.r.example * F,24h,30m;", "a.b.c.example * F,4d,45m;"});
    EXPECT_EQ(number_of(all, "x.y.z.example", "a.b.c.example", "timeout"), 2u);
    EXPECT_EQ(number_of(all, "p.q.r.example", "a.b.c.example", "timeout"), 1u);
    EXPECT_EQ(number_of(all, "x.y.z.example", "d.example", "timeout"), 0u);
}

TEST(RetryRules, MatchSenders)
{
    const auto all = rules({"* rcpt_4xx senders=: F,1h,30m",
                            "a.domain rcpt_452 senders=\"xb.dom : yc.dom\" G,8h,10m,1.5", "* * F,1d,1h"});
    EXPECT_EQ(number_of(all, "u@a.domain", "", "rcpt_452", ""), 1u);
    EXPECT_EQ(number_of(all, "u@a.domain", "", "rcpt_452", "s@yc.dom"), 2u);
    EXPECT_EQ(number_of(all, "u@a.domain", "", "rcpt_451", "s@yc.dom"), 3u);
    EXPECT_EQ(number_of(all, "u@a.domain", "", "rcpt_452", "s@other.dom"), 3u);
}

// What only the configuration's language can match is known by what router said of it.
TEST(RetryRules, TakeRoutersWordForLists)
{
    const auto all = rules({"lsearch;/etc/rules * F,1h,1m", "*@+named timeout F,2h,1m", "x.example * senders=+odd F,3h,1m", "* * F,1d,1h"});
    EXPECT_EQ(all.asked_patterns(), (std::vector<std::string>{"lsearch;/etc/rules", "*@+named"}));
    EXPECT_EQ(all.asked_senders(), (std::vector<std::string>{"+odd"}));
    ListAnswers answers;
    const auto seek = [&](std::string_view subject, std::string_view alternate, std::string_view error) {
        const auto found = all.seek(subject, alternate, error, "s@y", &answers);
        return found.is_unknown ? -1 : found.rule ? static_cast<int>(found.rule - &all[0]) + 1 : 0;
    };
    EXPECT_EQ(seek("a.example", "", "refused_A"), -1);
    EXPECT_TRUE(all.seek("a.example", "", "refused_A", "s@y", nullptr).is_unknown);
    answers.keep("lsearch;/etc/rules", "a.example", false);
    EXPECT_EQ(seek("a.example", "", "refused_A"), 4); // the second is about another error, the third for another name
    EXPECT_EQ(seek("a.example", "", "timeout"), -1);
    answers.keep("*@+named", "a.example", true);
    EXPECT_EQ(seek("a.example", "", "timeout"), 2);
    answers.keep("lsearch;/etc/rules", "b.example", true);
    EXPECT_EQ(seek("a.example", "b.example", "timeout"), 1);
    answers.keep("lsearch;/etc/rules", "x.example", false);
    EXPECT_EQ(seek("x.example", "", "refused_A"), -1); // its senders were not asked about
    answers.keep("+odd", "s@y", false);
    EXPECT_EQ(seek("x.example", "", "refused_A"), 4);
    answers.keep("+odd", "s@y", true);
    EXPECT_EQ(seek("x.example", "", "refused_A"), 3);
}

TEST(RetryRules, FixedStepAddsItsInterval)
{
    const auto all = rules({"* * F,24h,30m;"});
    const auto found = intervals(all[0], 1000);
    EXPECT_EQ(found.size(), 49u); // at 0, 30 m, … 24 h
    EXPECT_EQ(found.front(), 30 * minute);
    EXPECT_EQ(found.back(), 30 * minute);
}

// "Retries happen every 15 minutes for an hour, then with geometrically increasing intervals until two days
// have passed … After the first hour there is a delay of one hour, then two hours, then four hours, and so
// on."
TEST(RetryRules, GeometricStepsGrowAsInTheManual)
{
    const auto all = rules(manual);
    const std::vector<std::int64_t> wanted = {15 * minute, 15 * minute, 15 * minute, 15 * minute,
                                              15 * minute, hour,        2 * hour,    4 * hour,
                                              8 * hour,    16 * hour,   day};
    EXPECT_EQ(intervals(all[2], 11), wanted);
}

// "every 15 minutes for 2 hours, then with intervals starting at one hour and increasing by a factor of 1.5
// up to 16 hours, then every 8 hours up to 5 days."
TEST(RetryRules, CatchAllOfTheManual)
{
    const auto all = rules(manual);
    auto found = intervals(all[5], 1000);
    ASSERT_GT(found.size(), 15u);
    EXPECT_EQ(std::count(found.begin(), found.begin() + 9, 15 * minute), 9);
    const std::vector<std::int64_t> grown(found.begin() + 9, found.begin() + 14);
    EXPECT_EQ(grown, (std::vector<std::int64_t>{hour, 5400, 8100, 12150, 18225}));
    EXPECT_EQ(found.back(), 8 * hour);
    std::int64_t sum = 0;
    for (const auto interval : found)
        sum += interval;
    EXPECT_GT(sum, 5 * day);
    EXPECT_LE(sum, 5 * day + 8 * hour);
}

TEST(RetryRules, RandomStepStaysBetweenItsBounds)
{
    const auto all = rules({"* * H,1d,10m,2"});
    const RetryTimes before{.first_failed = 0, .last_try = 1000, .next_try = 1000 + 20 * minute};
    const std::int64_t now = 1000 + 20 * minute;
    for (const std::int64_t drawn : {0, 1}) {
        const auto next =
            next_try(all[0], before, now, day, [&](std::int64_t most) { return drawn ? most : 0; });
        EXPECT_EQ(next.at - now, drawn ? 40 * minute : 10 * minute);
    }
}

TEST(RetryRules, RetryIntervalMaxBoundsAll)
{
    const auto all = rules({"* * G,30d,1h,10"});
    EXPECT_EQ(intervals(all[0], 4, 5 * hour),
              (std::vector<std::int64_t>{hour, 5 * hour, 5 * hour, 5 * hour}));
}

TEST(RetryRules, WithoutStepsNothingIsRetried)
{
    const auto all = rules(manual);
    const auto next = next_try(all[1], {.first_failed = 5}, 5, day, {});
    EXPECT_TRUE(next.expired);
}

// After the cutoff the last step still gives a time, for new messages (manual 32.10).
TEST(RetryRules, PastTheCutoffTheLastStepGoesOn)
{
    const auto all = rules({"* * F,2h,15m; F,4d,6h"});
    const auto next = next_try(all[0], {.first_failed = 0}, 5 * day, day, {});
    EXPECT_TRUE(next.expired);
    EXPECT_EQ(next.at, 5 * day + 6 * hour);
}

TEST(RetryRules, WrongLinesAreRefusedWithTheReason)
{
    struct Case {
        std::string line, reason;
    };
    const Case cases[] = {
        {"* nonsense F,1h,1m", "no error that a retry rule can name"},
        {"* * X,1h,1m", "does not begin with F, G or H"},
        {"* * F,1h", "needs 2 values"},
        {"* * G,1h,1m", "needs 3 values"},
        {"* * G,1h,1m,0.5", "factor must be at least 1"},
        {"* * F,1h,0s", "greater than zero"},
        {"* * F,1x,1m", "not a time"},
        {"*", "error name is missing"},
        {"\"a b * F,1h,1m", "missing quote"},
        {"* rcpt_5xx F,1h,1m", "no error that a retry rule can name"},
    };
    for (const auto& one : cases)
        EXPECT_NE(refusal(one.line).find(one.reason), std::string::npos)
            << one.line << ": " << refusal(one.line);
}

TEST(AddressPattern, MatchesAsItemsOfAddressListsDo)
{
    struct Case {
        std::string pattern, subject;
        bool wanted;
    };
    const Case cases[] = {
        {"*", "x.example", true},
        {"*.example", "a.b.example", true},
        {"*.example", "example", false},
        {"b.example", "u@B.Example", true},
        {"b.example", "u@a.b.example", false},
        {"u@b.example", "U@b.example", true},
        {"u@b.example", "b.example", false}, // a domain alone has no local part
        {"*@b.example", "b.example", true},
        {"*x@b.example", "abx@b.example", true},
        {"!b.example", "c.example", true},
        {"!b.example", "b.example", false},
        {"^\\N[^@]+@xyz\\d+\\.abc\\.example$\\N", "joe@xyz12.abc.example", true},
        {"^\\N[^@]+@xyz\\d+\\.abc\\.example$\\N", "xyz12.abc.example", true}, // as "*@xyz12…"
        {"^\\\\*@r5domain.ex", "r5domain.ex", true},
        {"^\\\\*@r5domain.ex", "a@r5domain.ex", false},
    };
    for (const auto& one : cases) {
        auto pattern = AddressPattern::parse(one.pattern, pcre_matcher());
        ASSERT_TRUE(pattern) << one.pattern << ": " << pattern.error().text;
        EXPECT_EQ(pattern->matches(one.subject), one.wanted) << one.pattern << " " << one.subject;
    }
}

TEST(ErrorNames, GeneralWordsMatchTheirKinds)
{
    struct Case {
        std::string rule, happened;
        bool wanted;
    };
    const Case cases[] = {
        {"*", "", true},
        {"*", "anything", true},
        {"timeout", "timeout_connect_MX", true},
        {"timeout_connect", "timeout_connect_A", true},
        {"timeout_MX", "timeout_connect_MX", true},
        {"timeout_A", "timeout_connect_MX", false},
        {"timeout_connect", "timeout_MX", false},
        {"timeout", "timeout_A", true},
        {"refused", "refused_MX", true},
        {"refused_A", "refused_MX", false},
        {"rcpt_4xx", "rcpt_452", true},
        {"rcpt_45x", "rcpt_452", true},
        {"rcpt_45x", "rcpt_442", false},
        {"rcpt_4xx", "mail_452", false},
        {"rcpt_452", "rcpt_4xx", false},
        {"quota", "quota_7d", true},
        {"quota_5d", "quota_7d", true},
        {"quota_7d", "quota_5d", false},
        {"quota_7d", "quota", false},
        {"lookup", "lookup", true},
        {"lost_connection", "", false},
        {"Refused", "refused_MX", true},
        {"refused", "REFUSED_A", true},
        {"RCPT_45X", "rcpt_452", true},
    };
    for (const auto& one : cases)
        EXPECT_EQ(error_matches(one.rule, one.happened), one.wanted) << one.rule << " " << one.happened;
    EXPECT_EQ(precise_error_name("rcpt_4xx", 452), "rcpt_452");
    EXPECT_EQ(precise_error_name("rcpt_4xx", 0), "rcpt_4xx");
    EXPECT_EQ(precise_error_name("lost_connection", 421), "lost_connection");
    EXPECT_EQ(error_number_of("rcpt_452"), -44);
    EXPECT_EQ(error_number_of("refused_A"), 111);
    EXPECT_EQ(error_number_of("quota_3d"), -22);
}

// Every name of ../shared/names/retry_errors.txt.
TEST(ErrorNames, AllOfTheManualAreKnown)
{
    for (const char* word :
         {"*", "auth_failed", "data_4xx", "lookup", "lost_connection", "mail_4xx", "quota", "quota_3w",
          "rcpt_4xx", "refused", "refused_A", "refused_MX", "timeout", "timeout_A", "timeout_connect",
          "timeout_connect_A", "timeout_connect_MX", "timeout_MX", "tls_required", "Refused", "REFUSED_a", "Quota_3w", "RCPT_4XX"})
        EXPECT_TRUE(check_error_name(word)) << word;
    for (const char* word : {"", "quota_", "quota_x", "rcpt_4x5", "rcpt_4", "rcpt_500", "timeouts"})
        EXPECT_FALSE(check_error_name(word)) << word;
}

}
}
