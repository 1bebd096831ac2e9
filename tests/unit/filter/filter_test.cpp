#include "common/filter/filter.h"

#include <gtest/gtest.h>

#include "common/filter/personal.h"
#include "ground.h"

namespace gp::filter {
namespace {

struct MemoryJournal final : Journal {
    Status write(const std::string& file, std::uint32_t mode, std::string_view text) override
    {
        if (is_closed)
            return temporary("Permission denied");
        written += file + " " + std::to_string(mode) + " " + std::string(text);
        return {};
    }
    std::string written;
    bool is_closed = false;
};

Result<Outcome> run(Ground& ground, const std::string& commands, Journal* journal = nullptr)
{
    const auto filter = Filter::parse("# Exim filter\n" + commands + "\n", Words::linked(), ground.rules);
    if (!filter)
        return filter.error();
    return filter->run({.scene = ground.scene, .rules = ground.rules, .journal = journal, .print = {}, .explain = {}});
}

std::string error_of(Ground& ground, const std::string& commands)
{
    const auto outcome = run(ground, commands);
    return outcome ? "" : outcome.error().text;
}

TEST(Filter, SetsUpDeliveriesInTheirOrder)
{
    Ground ground;
    const auto outcome = run(ground, "unseen deliver a@b noerror save mail/x 640 pipe \"/bin/cat \\\"$h_subject:\\\" 'x'\"");
    ASSERT_TRUE(outcome) << outcome.error().text;
    ASSERT_EQ(outcome->actions.size(), 3u);
    EXPECT_EQ(outcome->actions[0].text, "a@b");
    EXPECT_EQ(outcome->actions[1].text, "/home/user/mail/x");
    EXPECT_EQ(outcome->actions[1].mode, 0640u);
    EXPECT_TRUE(outcome->actions[1].ignores_errors);
    EXPECT_TRUE(outcome->is_significant);
}

TEST(Filter, UnseenDeliveriesLeaveTheAddressToOthers)
{
    Ground ground;
    const auto outcome = run(ground, "unseen deliver a@b");
    ASSERT_TRUE(outcome);
    EXPECT_FALSE(outcome->is_significant);
}

TEST(Filter, ExpandsEachWordOfACommandAlone)
{
    Ground ground("From: a@b\nSubject: x\" ; rm -rf '\n\n");
    const auto outcome = run(ground, "pipe \"/bin/cat $h_subject: \\\"two words\\\" 'single $n1'\"");
    ASSERT_TRUE(outcome) << outcome.error().text;
    EXPECT_EQ(outcome->actions[0].command, "\"/bin/cat\" \"x\\\" ; rm -rf '\" \"two words\" \"single 0\"");
}

TEST(Filter, MarksPathsThatStrangersHadAHandIn)
{
    Ground ground;
    const auto outcome = run(ground, "save /var/mail/$h_subject: save /var/mail/x");
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->actions[0].is_tainted);
    EXPECT_FALSE(outcome->actions[1].is_tainted);
}

TEST(Filter, AnswersWithTheReplyAddressUnlessToldOtherwise)
{
    Ground ground;
    const auto outcome = run(ground, "vacation mail to x@y subject s once /o once_repeat 2d return message");
    ASSERT_TRUE(outcome) << outcome.error().text;
    const auto& away = outcome->actions[0].reply;
    EXPECT_EQ(away.to, "Fred Bloggs <fred@a.b>");
    EXPECT_EQ(away.subject, "On vacation");
    EXPECT_EQ(away.file, ".vacation.msg");
    EXPECT_TRUE(away.file_expand);
    EXPECT_EQ(away.once_repeat, 7 * 86400);
    const auto& mail = outcome->actions[1].reply;
    EXPECT_EQ(mail.to, "x@y");
    EXPECT_EQ(mail.once_repeat, 2 * 86400);
    EXPECT_TRUE(mail.return_message);
}

TEST(Filter, NeverAnswersABounce)
{
    Ground ground;
    ground.message.sender = {};
    const auto outcome = run(ground, "mail to x@y vacation");
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->actions.empty());
}

TEST(Filter, WritesItsLogWhileItRuns)
{
    Ground ground;
    MemoryJournal journal;
    ASSERT_TRUE(run(ground, "logwrite early logfile /l 644 logwrite \"got $h_subject:\"", &journal));
    EXPECT_EQ(journal.written, "/l 420 got The subject of this\n");
}

TEST(Filter, WithoutItsLogIsInErrorForGood)
{
    Ground ground;
    MemoryJournal journal;
    journal.is_closed = true;
    const auto outcome = run(ground, "logfile /l logwrite x", &journal);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().text, "failed to open filter log file \"/l\": Permission denied");
    EXPECT_EQ(outcome.error().blame, Blame::permanent);
}

TEST(Filter, SystemFiltersChangeHeadersForWhatFollows)
{
    Ground ground;
    ground.rules.is_system = true;
    const auto outcome = run(ground, "headers add \"Old-Subject: $h_subject:\" headers remove Subject "
                                     "if \"$h_subject:|$h_old-subject:\" is \"|The subject of this\" then freeze text ok endif");
    ASSERT_TRUE(outcome) << outcome.error().text;
    EXPECT_EQ(outcome->end, Outcome::End::frozen);
    EXPECT_EQ(outcome->text, "ok");
    EXPECT_EQ(outcome->header_edits.size(), 2u);
    const auto after = edited(outcome->header_edits, ground.headers_text);
    EXPECT_EQ(after.find("\nSubject:"), std::string::npos);
    EXPECT_NE(after.find("Old-Subject: The subject of this\n"), std::string::npos);
    EXPECT_EQ(ground.scene.message, &ground.message) << "the caller's message is the caller's again";
}

TEST(Filter, FailTellsTheLogAndTheSenderApart)
{
    Ground ground;
    ground.rules.allow_fail = true;
    const auto outcome = run(ground, "fail \"<<for the log>>for you\" deliver x");
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->end, Outcome::End::failed);
    EXPECT_EQ(outcome->log_text, "for the log");
    EXPECT_EQ(outcome->text, "for you");
    EXPECT_TRUE(outcome->actions.empty());
}

TEST(Filter, CountsInVariablesOfItsOwn)
{
    Ground ground;
    const auto outcome = run(ground, "add 3 to n4 add $n4 to n4 add -1 to n4");
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->numbers[4], 5);
}

TEST(Filter, HeadersCharsetChangesWhatHeadersShow)
{
    Ground ground("From: a@b\nSubject: =?ISO-8859-1?Q?=E4?=\n\n");
    const auto outcome = run(ground, "headers charset UTF-8 if $h_subject: is \"\\303\\244\" then deliver yes@x endif");
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->actions.size(), 1u);
}

struct ForbiddenCase {
    std::string_view name;
    bool Rules::*forbid;
    std::string_view command;
};
class Forbidden : public testing::TestWithParam<ForbiddenCase> {};
TEST_P(Forbidden, IsRefusedByNameAndLine)
{
    Ground ground;
    ground.rules.*GetParam().forbid = true;
    const std::string command(GetParam().command);
    EXPECT_EQ(error_of(ground, command + " x"),
              "filtering command \"" + command + "\" is disabled: near line 2 of filter file");
}
INSTANTIATE_TEST_SUITE_P(, Forbidden,
                         testing::Values(ForbiddenCase{"file", &Rules::forbid_file, "save"},
                                         ForbiddenCase{"pipe", &Rules::forbid_pipe, "pipe"},
                                         ForbiddenCase{"reply", &Rules::forbid_reply, "mail"},
                                         ForbiddenCase{"logwrite", &Rules::forbid_logwrite, "logwrite"}),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(FilterLimits, DeliveriesAreCounted)
{
    Ground ground;
    ground.rules.actions_max = 3;
    EXPECT_EQ(error_of(ground, "deliver a deliver b deliver c deliver d"),
              "the filter sets up more than 3 deliveries");
}

TEST(FilterLimits, StepsAreCounted)
{
    Ground ground;
    ground.rules.steps_max = 100;
    std::string list;
    for (int i = 0; i < 60; ++i)
        list += "a@b,";
    EXPECT_EQ(error_of(ground, "if foranyaddress " + list + " ($thisaddress is x) then finish endif"),
              "the filter takes more than 100 steps");
}

TEST(FilterLimits, NestingIsBounded)
{
    Ground ground;
    std::string deep, end;
    for (int i = 0; i < 200; ++i) {
        deep += "if a is a then ";
        end += " endif";
    }
    EXPECT_EQ(error_of(ground, deep + "finish" + end), "commands and brackets are nested more than 100 deep near line 2 of filter file");
    EXPECT_NE(error_of(ground, "if " + std::string(5000, '(') + "a is a"), "");
}

TEST(FilterLimits, TextsAreBounded)
{
    Ground ground;
    ground.rules.text_max = 10'000;
    std::string commands;
    for (int i = 0; i < 40; ++i)
        commands += "testprint \"" + std::string(500, 'x') + "\" ";
    EXPECT_EQ(error_of(ground, commands), "the filter's texts are larger than 10000 octets together");
}

struct PersonalCase {
    std::string_view name, headers;
    bool is_personal;
};
class Personal : public testing::TestWithParam<PersonalCase> {};
TEST_P(Personal, IsForThisUserFromAPerson)
{
    Ground ground(std::string(GetParam().headers) + "\n");
    ground.message.sender = "fred@a.b";
    EXPECT_EQ(is_personal(ground.scene, {"alias@else.where"}), GetParam().is_personal);
}
INSTANTIATE_TEST_SUITE_P(
    , Personal,
    testing::Values(PersonalCase{"to_me", "From: fred@a.b\nTo: Root <root@test.ex>\n", true},
                    PersonalCase{"to_my_alias", "From: fred@a.b\nTo: ALIAS@else.where\n", true},
                    PersonalCase{"to_another", "From: fred@a.b\nTo: x@y\n", false},
                    PersonalCase{"in_copy_only", "From: fred@a.b\nTo: x@y\nCc: root@test.ex\n", false},
                    PersonalCase{"from_me", "From: root@test.ex\nTo: root@test.ex\n", false},
                    PersonalCase{"from_a_robot", "From: x-request@y\nTo: root@test.ex\n", false},
                    PersonalCase{"from_an_owner", "From: owner-list@y\nTo: root@test.ex\n", false},
                    PersonalCase{"by_a_list", "From: fred@a.b\nTo: root@test.ex\nList-Id: <l>\n", false},
                    PersonalCase{"precedence", "From: fred@a.b\nTo: root@test.ex\nPrecedence: bulk\n", false},
                    PersonalCase{"automatic", "From: fred@a.b\nTo: root@test.ex\nAuto-Submitted: auto-replied\n", false},
                    PersonalCase{"not_automatic", "From: fred@a.b\nTo: root@test.ex\nAuto-Submitted: no\n", true}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Language, IsToldByTheFirstLine)
{
    EXPECT_EQ(language_of("# Exim filter"), gp::filter::Language::exim);
    EXPECT_EQ(language_of("\n  #eximFILTER <<= keep this\n"), gp::filter::Language::exim);
    EXPECT_EQ(language_of("#   Sieve   filter\r\n"), gp::filter::Language::sieve);
    EXPECT_EQ(language_of("# exim\nfilter"), gp::filter::Language::none);
    EXPECT_EQ(language_of("a@b # Exim filter"), gp::filter::Language::none);
}

}
}
