#include "common/lookup/regex.h"

#include <gtest/gtest.h>

namespace gp::lookup {
namespace {

TEST(Regex, CapturesGroups)
{
    for (const bool translated : {false, true}) {
        auto regex = Regex::compile("^(a+)(x)?(b)$");
        ASSERT_TRUE(regex);
        if (translated)
            regex->speed_up();
        std::vector<Regex::Span> groups;
        ASSERT_TRUE(*regex->match("aab", groups));
        EXPECT_EQ(captured("aab", groups), (std::vector<std::string>{"aab", "aa", "", "b"}));
        EXPECT_FALSE(*regex->matches("aac"));
    }
}

TEST(Regex, SaysWhatIsWrongAndWhere)
{
    const auto regex = Regex::compile("(");
    ASSERT_FALSE(regex);
    EXPECT_EQ(regex.error().text, "regular expression error in \"(\": missing closing parenthesis at offset 1");
}

TEST(Regex, GivesUpOnEndlessBacktracking)
{
    auto regex = Regex::compile("^(a+)+(b|c)+$");
    const auto matched = regex->matches(std::string(100, 'a') + "d");
    ASSERT_FALSE(matched);
    EXPECT_EQ(matched.error().blame, Blame::temporary);
}

TEST(Regex, MatchesOctetsOfAnyKind)
{
    auto regex = Regex::compile(std::string_view("a\0b", 3));
    ASSERT_TRUE(regex);
    EXPECT_TRUE(*regex->matches(std::string_view("xa\0b", 4)));
    EXPECT_TRUE(*Regex::compile("^\\xff$")->matches("\xff"));
}

}
}
