#include "common/lookup/text_file.h"

#include <gtest/gtest.h>

#include "tests/unit/lookup/desk.h"

namespace gp::lookup {
namespace {

TEST(TextFile, ReadsKeysInAllTheirForms)
{
    Desk desk;
    const auto file = desk.write("f", "plain: v1\n"
                                      "blank   v2  \n"
                                      "both  :  v3\n"
                                      "\"q r\": v4\n"
                                      "\"a\\x41\\\"b\"v5\n"
                                      "colon::fail:\n"
                                      "none\n"
                                      "tab\tv6 # no comment\n"
                                      "plain: second\n"
                                      "# key: v7\n"
                                      "last:v8");
    struct Row {
        const char *key, *want, *full;
    };
    static constexpr Row rows[] = {
        {"plain", "v1", "plain: v1"},     {"PLAIN", "v1", "plain: v1"},
        {"blank", "v2", "blank   v2"},    {"both", "v3", "both  :  v3"},
        {"q r", "v4", "q r: v4"},         {"aa\"b", "v5", "aA\"bv5"},
        {"colon", ":fail:", "colon::fail:"}, {"none", "", "none"},
        {"tab", "v6 # no comment", "tab\tv6 # no comment"}, {"last", "v8", "last:v8"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(desk.find("lsearch", file, row.key), row.want) << row.key;
        EXPECT_EQ(desk.find("lsearch,ret=full", file, row.key), row.full) << row.key;
    }
    EXPECT_EQ(desk.find("lsearch", file, "# key"), "(none)");
}

TEST(TextFile, JoinsContinuedLines)
{
    Desk desk;
    const auto file = desk.write("f", "a: 1\n  2  \n\n# comment\n\t3\nb:\n 4\n");
    EXPECT_EQ(desk.find("lsearch", file, "a"), "1 2 3");
    EXPECT_EQ(desk.find("lsearch", file, "b"), " 4");
}

TEST(TextFile, StandsAnythingInAFile)
{
    Desk desk;
    const auto file = desk.write("f", std::string("\"open\n  lead\n\0x: 1\n\xff: 2\n:\n\"\n\\\n", 33));
    EXPECT_EQ(desk.find("lsearch", file, "\xff"), "2");
    EXPECT_EQ(desk.find("lsearch", file, "nothing"), "(none)");
}

TEST(TextFile, FindsAKeyOfManyWithoutReadingThemAll)
{
    Desk desk;
    std::string text;
    for (int i = 0; i < 200'000; ++i)
        text += "key" + std::to_string(i) + ": value" + std::to_string(i) + "\n";
    const auto file = desk.write("f", text);
    for (int i = 0; i < 20'000; ++i)
        ASSERT_EQ(desk.find("lsearch", file, "key" + std::to_string(i * 10)), "value" + std::to_string(i * 10));
}

TEST(TextFile, RefusesWhatIsNoFile)
{
    Desk desk;
    EXPECT_EQ(desk.find("lsearch", "/etc", "a"), "error: /etc is not a regular file (lsearch lookup)");
}

TEST(Wildlsearch, MatchesSuffixesExpressionsAndLookups)
{
    Desk desk;
    const auto other = desk.write("other", "found-there: x\n");
    const auto file = desk.write("f", "abc: exact\n*.b.c: suffix\n*b.c bare\n^x\\d+ expression\n"
                                      "\"^a +b\" quoted\n^(?-i)MiX cased\nlsearch;" + other + ": nested\n");
    for (const char* type : {"nwildlsearch"}) {
        EXPECT_EQ(desk.find(type, file, "ABC"), "exact");
        EXPECT_EQ(desk.find(type, file, "a.b.c"), "suffix");
        EXPECT_EQ(desk.find(type, file, "ab.c"), "bare");
        EXPECT_EQ(desk.find(type, file, "X12"), "expression");
        EXPECT_EQ(desk.find(type, file, "a   b"), "quoted");
        EXPECT_EQ(desk.find(type, file, "MiXer"), "cased");
        EXPECT_EQ(desk.find(type, file, "mixer"), "(none)");
        EXPECT_EQ(desk.find(type, file, "found-there"), "nested");
        EXPECT_EQ(desk.find(type, file, "zzz"), "(none)");
    }
}

TEST(Wildlsearch, ExpandsItsKeys)
{
    Desk desk;
    desk.hooks.expand = [](std::string_view words) -> Result<std::string> {
        if (words == "$no")
            return permanent("no", Cause::forced_fail);
        return words == "$x" ? "expanded" : std::string(words);
    };
    const auto file = desk.write("f", "$no: skipped\n$x: found\n");
    EXPECT_EQ(desk.find("wildlsearch", file, "expanded"), "found");
    EXPECT_EQ(desk.find("nwildlsearch", file, "expanded"), "(none)");
    EXPECT_EQ(desk.find("nwildlsearch", file, "$x"), "found");
}

// Seen in Exim 4.96.
TEST(Nwildlsearch, KeysMayBeNegated)
{
    Desk desk;
    const auto file = desk.write("f", "*.a.example: suffix\n!^b: not b\nb: b itself\n");
    EXPECT_EQ(desk.find("nwildlsearch", file, "x.a.example"), "suffix");
    EXPECT_EQ(desk.find("nwildlsearch", file, "c"), "not b");
    EXPECT_EQ(desk.find("nwildlsearch", file, "b"), "b itself");
    EXPECT_EQ(desk.find("nwildlsearch", file, "bb"), "(none)");
}

TEST(Iplsearch, FindsTheFirstNetwork)
{
    Desk desk;
    const auto file = desk.write("f", "1.2.3.4: address\n\"abcd::cdab\": six\n192.168.0.0/16 net\n192.168.1.0/24 later\n"
                                      "*: default\n\"abcd:abcd::/32\" six net\nno network: x\n");
    EXPECT_EQ(desk.find("iplsearch", file, "1.2.3.4"), "address");
    EXPECT_EQ(desk.find("iplsearch", file, "192.168.1.9"), "net");
    EXPECT_EQ(desk.find("iplsearch", file, "::ffff:192.168.1.9"), "net");
    EXPECT_EQ(desk.find("iplsearch", file, "ABCD::CDAB"), "six");
    EXPECT_EQ(desk.find("iplsearch", file, "abcd:abcd:1::"), "six net");
    EXPECT_EQ(desk.find("iplsearch", file, "9.9.9.9"), "(none)");
    EXPECT_EQ(desk.find("iplsearch*", file, "9.9.9.9"), "default");
    EXPECT_TRUE(desk.find("iplsearch", file, "rhubarb").starts_with("error: \"rhubarb\" is not a valid iplsearch key"));
}

}
}
