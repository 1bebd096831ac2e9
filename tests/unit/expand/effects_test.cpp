// Words that act outside: programs, files, sockets, foreign code. Laziness, forced failure, and who is asked.

#include <gtest/gtest.h>

#include "common/expand/unknown_names.h"
#include "tests/unit/expand/ground.h"

namespace gp::expand {
namespace {

TEST(Run, GivesOutputAndCode)
{
    Ground ground;
    EXPECT_EQ(ground.shown("${run{/bin/echo a \"b c\" 'd'}{yes $value}{no}}"), "yes <a> <b c> <d>");
    EXPECT_EQ(ground.shown("${run{/bin/false x}{yes}{no $runrc}}"), "no 1");
    EXPECT_EQ(ground.shown("$runrc"), "1") << "kept for later texts";
    EXPECT_EQ(ground.shown("${run{/bin/false x}{yes}fail}"), "Failed: \"run\" failed and \"fail\" requested");
    EXPECT_EQ(ground.shown("${run{}{yes}{no $runrc}}"), "no 127");
}

// As under the conformance suite: Exim reads what it skips, and says of an unknown name there what it always says.
class UnknownNames : public ::testing::Test {
protected:
    void SetUp() override { let_unknown_names_fail_late(true); }
    void TearDown() override { let_unknown_names_fail_late(false); }
    Ground ground;
};

TEST_F(UnknownNames, AreFoundInWhatIsSkippedToo)
{
    EXPECT_EQ(ground.shown("${if eq{a}{b}{$nosuch}{no}}"), "Failed: unknown variable name \"nosuch\"");
    EXPECT_EQ(ground.shown("${if eq{a}{a}{yes}{${nosuch}}}"), "Failed: unknown variable in \"${nosuch}\"");
    EXPECT_EQ(ground.shown("${if eq{a}{b}{$acl_foo}fail}"),
              "Failed: unknown variable name \"acl_foo\" (user-defined ACL variables must start acl_c or acl_m)");
}

TEST_F(UnknownNames, AreSaidBeforeBracesThatAreMissingBehindThem)
{
    EXPECT_EQ(ground.shown("${if eq{$nosuch}{b}{yes"), "Failed: unknown variable name \"nosuch\"");
}

TEST_F(UnknownNames, TellInWhichPartTheyAre)
{
    EXPECT_EQ(ground.shown("${if and{{eq{1}{2}}{eq{$nosuch}{x}}}{y}{n}}"),
              "Failed: unknown variable name \"nosuch\" inside \"and{...}\" condition");
    EXPECT_EQ(ground.shown("${map{}{$nosuch}}"), "Failed: unknown variable name \"nosuch\" inside \"map\" item");
    EXPECT_EQ(ground.shown("${if forany{}{eq{$nosuch}{x}}{y}{n}}"),
              "Failed: unknown variable name \"nosuch\" inside \"forany\" condition");
}

TEST_F(UnknownNames, InTheArgumentsOfAProgramThatIsNotRunAreNotRead)
{
    EXPECT_EQ(ground.shown("${if eq{1}{2}{${run{/bin/echo $nosuch}}}{no}}"), "no");
}

TEST(Run, OnlyWhatIsTakenIsRun)
{
    Ground ground;
    EXPECT_EQ(ground.shown("${if eq{a}{b}{${run{/bin/echo x}}}{no}}"), "no");
    EXPECT_EQ(ground.shown("${if and{{eq{a}{b}}{eq{${run{/bin/echo x}}}{y}}}{y}{n}}"), "n");
    EXPECT_EQ(ground.shown("${if or{{eq{a}{a}}{eq{${run{/bin/echo x}}}{y}}}{y}{n}}"), "y");
    EXPECT_TRUE(ground.runner.asked.empty());
}

TEST(Run, WithoutSomebodyWhoRunsItIsRefused)
{
    Ground ground;
    ground.world.effects.runner = nullptr;
    EXPECT_EQ(ground.shown("${run{/bin/echo x}}"), "Failed: running a command (${run) is not possible here");
    EXPECT_EQ(ground.shown("${if eq{a}{b}{${run{/bin/echo x}}}{lazy}}"), "lazy");
}

TEST(Run, WhatCannotBeRunNowIsADefer)
{
    Ground ground;
    const auto value = ground.language.parse("${run{/bin/slow}}")->expand(ground.scene);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().blame, Blame::temporary);
}

TEST(Readfile, JoinsLines)
{
    Ground ground;
    const auto path = ground.write("file", "one\ntwo\n");
    EXPECT_EQ(ground.shown("${readfile{" + path + "}}"), "one\ntwo\n");
    EXPECT_EQ(ground.shown("${readfile{" + path + "}{, }}"), "one, two, ");
    EXPECT_EQ(ground.shown("${readfile{" + ground.folder + "/none}}"),
              "Failed: failed to open " + ground.folder + "/none: No such file or directory");
}

TEST(ForcedFailure, IsToldFromAnError)
{
    Ground ground;
    const auto forced = ground.language.parse("${if eq{a}{b}{x}fail}")->expand(ground.scene);
    ASSERT_FALSE(forced);
    EXPECT_EQ(forced.error().cause, Cause::forced_fail);
    const auto other = ground.language.parse("${readfile{/nonexistent}}")->expand(ground.scene);
    ASSERT_FALSE(other);
    EXPECT_NE(other.error().cause, Cause::forced_fail);
}

TEST(ForeignCode, IsRefusedWithWhatWorksInstead)
{
    Ground ground;
    for (const auto* text : {"${perl{f}}", "${dlfunc{/lib/x.so}{f}}"})
        EXPECT_NE(ground.shown(text).find("use ${run"), std::string::npos) << ground.shown(text);
}

TEST(Forbidden, WordsCanBeTakenFromATextOfAUser)
{
    Ground ground;
    ground.scene.forbidden = {"readfile", "run", "lookup"};
    EXPECT_EQ(ground.shown("${readfile{/etc/passwd}}").substr(0, 7), "Failed:");
    EXPECT_EQ(ground.shown("${run{/bin/echo x}}"), "Failed: running a command is not permitted");
    EXPECT_EQ(ground.shown("${lookup{x}lsearch{/etc/passwd}}"), "Failed: lookup expansions are not permitted");
    EXPECT_TRUE(ground.runner.asked.empty());
}

TEST(Parse, SaysWhereAndWhatWasMeant)
{
    Ground ground;
    Fault fault;
    EXPECT_FALSE(ground.language.parse("abc $local_prat", &fault));
    EXPECT_EQ(fault.text, "unknown variable name \"local_prat\"");
    EXPECT_EQ(fault.hint, "did you mean $local_part?");
    EXPECT_GE(fault.offset, 4u);
}

TEST(Parse, KnowsTheNearestWordOfEachKind)
{
    Ground ground;
    const auto hint = [&](std::string_view text) {
        Fault fault;
        EXPECT_FALSE(ground.language.parse(text, &fault));
        return fault.hint;
    };
    EXPECT_EQ(hint("${if eqq{a}{b}{c}}"), "did you mean eq?");
    EXPECT_EQ(hint("${lokup{a}lsearch{/b}}"), "did you mean ${lookup?");
    EXPECT_EQ(hint("${md55:a}"), "did you mean md5?");
    EXPECT_EQ(hint("${if wholly_unknown{a}}"), "");
}

}
}
