#include "common/lookup/search_type.h"

#include <gtest/gtest.h>

#include "tests/unit/lookup/desk.h"

namespace gp::lookup {
namespace {

std::vector<std::string> keys(std::string_view words, std::string_view key)
{
    Desk desk;
    const auto type = desk.lookups.parse_type(words);
    std::vector<std::string> out;
    if (!type)
        return {type.error().text};
    PartialKeys partial(*type, key);
    while (auto next = partial.next())
        out.push_back(next->key);
    return out;
}

using Keys = std::vector<std::string>;

TEST(SearchType, TakesPrefixNameDefaultAndOptionsApart)
{
    Desk desk;
    const auto type = desk.lookups.parse_type("partial3(.)lsearch*@,ret=full,cache=no_rd");
    ASSERT_TRUE(type) << type.error().text;
    EXPECT_EQ(type->driver->name, "lsearch");
    EXPECT_EQ(type->partial, 3u);
    EXPECT_EQ(type->affix, ".");
    EXPECT_EQ(type->fallback, Fallback::star_at);
    EXPECT_EQ(type->options.get("ret"), "full");
    EXPECT_EQ(type->options.get("cache"), "no_rd");
    EXPECT_EQ(type->options.find("nosuch"), nullptr);
}

TEST(SearchType, SaysWhatIsWrong)
{
    struct Row {
        std::string_view words, text;
    };
    static constexpr Row rows[] = {
        {"nosuch", "unknown lookup type \"nosuch\""},
        {"", "unknown lookup type \"\""},
        {"partial-passwd", "\"partial\" is not permitted for lookup type \"passwd\""},
        {"passwd*", "defaults using \"*\" or \"*@\" are not permitted for lookup type \"passwd*\""},
        {"partialx-lsearch", "format error in lookup type \"partialx-lsearch\""},
        {"partial(abc)lsearch", "format error in lookup type \"partial(abc)lsearch\""},
        {"partial(*lsearch", "format error in lookup type \"partial(*lsearch\""},
        {"partial99999999999-lsearch", "format error in lookup type \"partial99999999999-lsearch\""},
    };
    Desk desk;
    for (const auto& row : rows) {
        const auto type = desk.lookups.parse_type(row.words);
        ASSERT_FALSE(type) << row.words;
        EXPECT_EQ(type.error().text, row.text);
        EXPECT_EQ(type.error().blame, Blame::configuration);
    }
}

TEST(PartialKeys, FollowTheManual)
{
    EXPECT_EQ(keys("partial-lsearch", "2250.dates.fict.example"),
              (Keys{"*.2250.dates.fict.example", "*.dates.fict.example", "*.fict.example"}));
    EXPECT_EQ(keys("partial(.)lsearch", "a.b.c"), (Keys{".a.b.c", ".b.c"}));
    EXPECT_EQ(keys("partial1()cdb", "a.b.c"), (Keys{"b.c", "c"}));
    EXPECT_EQ(keys("partial3-lsearch", "a.b.c"), (Keys{"*.a.b.c"}));
    EXPECT_EQ(keys("partial4-lsearch", "a.b.c"), (Keys{"*.a.b.c"})) << "the whole key is tried however short it is";
}

TEST(PartialKeys, EndWithThePrefixWhenNothingFixedIsRequired)
{
    EXPECT_EQ(keys("partial0-lsearch", "a.b"), (Keys{"*.a.b", "*.b", "*"}));
    EXPECT_EQ(keys("partial0(.)lsearch", "a"), (Keys{".a", "."}));
    EXPECT_EQ(keys("partial0(++)lsearch", "a"), (Keys{"++a", "++"}));
    EXPECT_EQ(keys("partial0()lsearch", "a.b"), (Keys{"b"}));
}

}
}
