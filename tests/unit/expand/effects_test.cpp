// Words that act outside: programs, files, sockets, foreign code. Laziness, forced failure, and who is asked.

#include <gtest/gtest.h>

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
