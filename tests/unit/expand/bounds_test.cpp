// Deep nesting, huge results, texts that name themselves, octets of every kind: a bounded, clear error.

#include <gtest/gtest.h>

#include <random>

#include "common/event/loop.h"
#include "tests/unit/expand/ground.h"

namespace gp::expand {
namespace {

std::string repeated(std::string_view text, std::size_t times)
{
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

TEST(Bounds, NestingHasALimit)
{
    Ground ground;
    EXPECT_EQ(ground.shown(repeated("${lc:", 20) + "X" + repeated("}", 20)), "x");
    const auto out = ground.shown(repeated("${lc:", 100000) + "X" + repeated("}", 100000));
    EXPECT_EQ(out.substr(0, 7), "Failed:") << out.substr(0, 200);
    EXPECT_LT(out.size(), 1000u);
    EXPECT_EQ(ground.shown(repeated("${if and{{", 100000)).substr(0, 7), "Failed:");
}

// Where the services expand: on a fiber's stack, which is small. What is left of it after a session's own calls is less.
TEST(Bounds, NestingHasALimitOnAFiber)
{
    Ground ground;
    std::vector<std::string> texts;
    for (const std::size_t times : {60u, 1000u, 1001u, 100000u}) {
        texts.push_back("${eval:" + repeated("(", times) + "1" + repeated(")", times) + "}");
        texts.push_back("${eval10:" + repeated("-(2+", times) + "1" + repeated(")", times) + "}");
        for (const auto* name : {"lc", "eval", "base64", "quote"})
            texts.push_back(repeated("${" + std::string(name) + ":", times) + "1" + repeated("}", times));
        texts.push_back(repeated("${if and{{", times));
        texts.push_back(repeated("${if !", times) + "def:x");
        texts.push_back(repeated("${map{a}{", times) + "b" + repeated("}}", times));
        texts.push_back(repeated("${reduce{a}{", times) + "b" + repeated("}{c}}", times));
        texts.push_back(repeated("${sg{a}{b}{", times) + "c" + repeated("}}", times));
    }
    std::vector<std::string> told;
    event::Loop loop;
    ASSERT_TRUE(loop.spawn("deep", [&] {
        for (const auto& text : texts)
            told.push_back(ground.shown(text));
    }));
    loop.run_until_idle();
    ASSERT_EQ(told.size(), texts.size());
    EXPECT_EQ(told[0], "1");
    for (const auto& one : told)
        EXPECT_LT(one.size(), 8000u) << one.substr(0, 200);
    EXPECT_NE(ground.shown("${eval:" + repeated("(", 1001) + "1" + repeated(")", 1001) + "}").find("too many parentheses"),
              std::string::npos);
}

TEST(Bounds, ExpandOfItselfEnds)
{
    Ground ground;
    ground.site.spool_directory = "${expand:$spool_directory}";
    EXPECT_EQ(ground.shown("${expand:$spool_directory}").substr(0, 7), "Failed:");
}

TEST(Bounds, AListThatNamesItselfEnds)
{
    Ground ground;
    const auto out = ground.shown("${if match_domain{x.y}{+self}{yes}{no}}");
    EXPECT_NE(out.find("refers to itself"), std::string::npos) << out;
}

TEST(Bounds, WorkHasALimit)
{
    Ground ground;
    ground.world.limits.expansion_steps_max = 10'000;
    std::string text = "b:a";
    for (int i = 0; i < 20; ++i)
        text = "${sort{b:a}{<}{" + text + "}}";
    EXPECT_NE(ground.shown(text).find("too much work (expansion_steps_max)"), std::string::npos) << ground.shown(text);
    EXPECT_EQ(ground.shown("${sort{b:a}{lt}{$item}}"), "a:b"); // it counts anew
}

TEST(Bounds, AResultMayNotGrowForEver)
{
    Ground ground;
    std::string text = "0123456789abcdef";
    for (int i = 0; i < 40; ++i)
        text = "${map{<\\n 1\\n2\\n3\\n4\\n5\\n6\\n7\\n8}{" + text + "}}";
    const auto out = ground.shown(text);
    EXPECT_EQ(out.substr(0, 7), "Failed:") << out.size();
}

TEST(Bounds, GarbageIsAnErrorAndNothingWorse)
{
    Ground ground;
    std::mt19937 random(5);
    constexpr std::string_view pieces[] = {"${", "}", "{", "$", "if", "eq", "lookup", "lsearch", ":", "\\", "\\N", "h_", "extract",
                                           "{a}", "map", "sort", "$item", "match", "(", "${lc:", "run", "\xff", "acl", " ", "_3",
                                           "and", "or", "fail", "def:", "json", "1", "-1", "<", "sg", "tr"};
    for (int round = 0; round < 20000; ++round) {
        std::string text;
        const auto count = 1 + random() % 14;
        for (unsigned i = 0; i < count; ++i)
            text += pieces[random() % std::size(pieces)];
        (void)ground.shown(text);
    }
}

TEST(Bounds, TooManyCapturesAreLeftOut)
{
    Ground ground;
    EXPECT_EQ(ground.shown("${if match{" + repeated("a", 60) + "}{\\N^" + repeated("(a)", 60) + "$\\N}{$1$19}{no}}"), "aa");
}

}
}
