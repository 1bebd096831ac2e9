#include "common/lookup/lookups.h"

#include <gtest/gtest.h>

#include "tests/unit/lookup/desk.h"

namespace gp::lookup {
namespace {

TEST(Lookups, TryTheKeyThenPartialKeysThenDefaults)
{
    Desk desk;
    const auto file = desk.write("keys", "a.b.c: exact\n*.b.c: wild\n*@d.e: at\n*: star\n");
    EXPECT_EQ(desk.find("partial-lsearch", file, "a.b.c"), "exact");
    EXPECT_EQ(desk.find("partial-lsearch", file, "x.y.b.c"), "wild");
    EXPECT_EQ(desk.find("partial-lsearch", file, "x.y.z"), "(none)");
    EXPECT_EQ(desk.find("partial-lsearch*", file, "x.y.z"), "star");
    EXPECT_EQ(desk.find("lsearch*@", file, "u@d.e"), "at");
    EXPECT_EQ(desk.find("lsearch*@", file, "u@d.f"), "star");
    EXPECT_EQ(desk.find("lsearch*", file, "u@d.e"), "star");
    EXPECT_EQ(desk.find("lsearch", file, "u@d.e"), "(none)");
}

TEST(Lookups, TellTheWildAndTheFixedPart)
{
    Desk desk;
    const auto file = Text::clean(desk.write("keys", "*.b.c: wild\n"));
    const auto type = desk.lookups.parse_type("partial-lsearch");
    const auto found = desk.lookups.find(*type, file, Text::clean("x.y.b.c"), desk.hooks);
    ASSERT_TRUE(found && found->found);
    EXPECT_TRUE(found->is_partial);
    EXPECT_EQ(found->wild, "x.y");
    EXPECT_EQ(found->fixed, "b.c");
}

TEST(Lookups, GiveTheKeyBackCleanWhenAskedTo)
{
    Desk desk;
    const auto file = Text::clean(desk.write("keys", "user: data\n"));
    const auto type = desk.lookups.parse_type("lsearch,ret=key");
    const auto found = desk.lookups.find(*type, file, Text::from("user", "$local_part"), desk.hooks);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->value.text, "user");
    EXPECT_FALSE(found->value.tainted());
}

TEST(Lookups, RefuseAFileThatAStrangerNamed)
{
    Desk desk;
    const auto type = desk.lookups.parse_type("lsearch");
    const auto found = desk.lookups.find(*type, Text::from("/etc/passwd", "$local_part"), Text::clean("x"), desk.hooks);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().blame, Blame::configuration);
    EXPECT_NE(found.error().text.find("Tainted filename for search: '/etc/passwd'"), std::string::npos);
    EXPECT_NE(found.error().text.find("$local_part_data"), std::string::npos) << found.error().text;
}

TEST(Lookups, NeverTakeAFileThatIsMissingForANo)
{
    Desk desk;
    for (std::string_view type : {"lsearch", "wildlsearch", "iplsearch", "cdb", "dbm", "dsearch", "json", "lmdb"}) {
        const auto parsed = desk.lookups.parse_type(type);
        const auto found =
            desk.lookups.find(*parsed, Text::clean("/non/exist"), Text::clean("192.0.2.1"), desk.hooks);
        ASSERT_FALSE(found) << type;
        EXPECT_EQ(found.error().blame, Blame::temporary) << type;
        EXPECT_EQ(found.error().cause, Cause::not_found) << type;
        EXPECT_TRUE(found.error().text.starts_with("failed to open /non/exist ")) << found.error().text;
    }
}

TEST(Lookups, SeeThatAFileHasChanged)
{
    Desk desk;
    const auto file = desk.write("keys", "a: 1\n");
    EXPECT_EQ(desk.find("lsearch", file, "a"), "1");
    desk.write("keys", "a: 22\n");
    EXPECT_EQ(desk.find("lsearch", file, "a"), "22");
    std::filesystem::remove(file);
    EXPECT_TRUE(desk.find("lsearch", file, "a").starts_with("error: failed to open"));
}

TEST(Lookups, KeepNoMoreFilesOpenThanAllowed)
{
    Desk desk;
    for (int round = 0; round < 3; ++round)
        for (int i = 0; i < 20; ++i) {
            const auto n = std::to_string(i);
            const auto file = desk.write("f" + n, "k: " + n + "\n");
            EXPECT_EQ(desk.find("lsearch", file, "k"), n);
        }
    desk.lookups.close_all();
}

TEST(Lookups, NeverFindAnEmptyKey)
{
    Desk desk;
    const auto file = desk.write("keys", ": empty\n*: star\n");
    EXPECT_EQ(desk.find("lsearch", file, ""), "(none)");
    EXPECT_EQ(desk.find("lsearch*", file, ""), "star") << "a default is for it too";
}

TEST(Lookups, QuoteForEachLanguage)
{
    struct Row {
        std::string_view name, words, want;
    };
    static constexpr Row rows[] = {
        {"lsearch", "a'b", "a'b"},
        {"sqlite", "it's", "it''s"},
        {"mysql", "a'b\"c\\d\ne\tf%_", "a\\'b\\\"c\\\\d\\ne\\tf%_"},
        {"pgsql", "a'b\"c\\d", "a''b\\\"c\\\\d"},
        {"redis", "a b\\c", "a\\ b\\\\c"},
        {"nisplus", "a\"b", "a\"\"b"},
        {"ldap", " a(bc)*, a<yz>; ", "%20a%5C28bc%5C29%5C2A%2C%20a%3Cyz%3E%3B%20"},
        {"ldap_dn", " a(bc)*, a<yz>; ", "%5C%20a(bc)*%5C%2C%20a%5C%3Cyz%5C%3E%5C%3B%5C%20"},
        {"ldap_dn", "#a", "%5C%23a"},
    };
    Desk desk;
    for (const auto& row : rows) {
        const auto quoted = desk.lookups.quote(row.name, row.words);
        ASSERT_TRUE(quoted) << row.name;
        EXPECT_EQ(*quoted, row.want) << row.name;
    }
    EXPECT_EQ(desk.lookups.quote("xxx", "a").error().text, "unknown lookup type \"xxx\"");
    EXPECT_EQ(desk.lookups.quote("ldap_foo", "a").error().text, "\"foo\" unrecognized after \"${quote_ldap\"");
    EXPECT_EQ(desk.lookups.quote("lsearch_x", "a").error().text, "\"x\" unrecognized after \"${quote_lsearch\"");
}

TEST(Lookups, PutOffWhatNeedsAModuleThatIsNotThere)
{
    Desk desk;
    const auto answer = desk.query("oracle", "select 1");
    EXPECT_TRUE(answer.starts_with("error: lookup type \"oracle\" is not available")) << answer;
}

}
}
