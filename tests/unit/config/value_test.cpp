#include "common/config/value.h"

#include <gtest/gtest.h>

#include "common/config/list.h"

namespace gp::config {
namespace {

using namespace std::chrono_literals;

TEST(Value, ReadsSwitches)
{
    for (const auto* word : {"true", "YES", "yes", "True"})
        EXPECT_TRUE(*parse_boolean(word));
    for (const auto* word : {"false", "NO", "no"})
        EXPECT_FALSE(*parse_boolean(word));
    for (const auto* word : {"", "1", "on", "\"true\"", "true x"})
        EXPECT_FALSE(parse_boolean(word)) << word;
}

struct NumberCase {
    std::string_view text;
    std::int64_t want;
};

TEST(Value, ReadsNumbersInAllTheirForms)
{
    const NumberCase cases[] = {
        {"10K", 10240}, {"10k", 10240}, {"10m", 10485760}, {"1G", 1073741824}, {"8G", 8589934592}, {"1T", 1ll << 40},
        {"010", 8},     {"0x1F", 31},   {"0x10K", 16384},  {"-5", -5},         {"+5", 5},          {"0", 0},
    };
    for (const auto& test : cases) {
        const auto got = parse_number(test.text);
        ASSERT_TRUE(got) << test.text;
        EXPECT_EQ(*got, test.want) << test.text;
    }
    for (const auto* bad : {"", "x", "5 K", "5x", "5KK", "\"5\"", "08", "0x", "-", "99999999999999999999", "9000000T"})
        EXPECT_FALSE(parse_number(bad)) << bad;
}

TEST(Value, ReadsOctalNumbers)
{
    EXPECT_EQ(*parse_octal_number("660"), 0660);
    EXPECT_EQ(*parse_octal_number("0660"), 0660);
    for (const auto* bad : {"", "8", "0660K", "-1", "0x1"})
        EXPECT_FALSE(parse_octal_number(bad)) << bad;
    EXPECT_EQ(show_octal(0600), "0600");
    EXPECT_EQ(show_octal(022), "022");
    EXPECT_EQ(show_octal(0), "0");
}

TEST(Value, ReadsFixedPointNumbers)
{
    const NumberCase cases[] = {{"1.5", 1500}, {"1.2345", 1234}, {"1.", 1000}, {"12", 12000}, {"1.005", 1005}};
    for (const auto& test : cases)
        EXPECT_EQ(*parse_fixed_point(test.text), test.want) << test.text;
    for (const auto* bad : {"", ".5", "-1.5", "1.5x", "1.5K", "x", "99999999999999999"})
        EXPECT_FALSE(parse_fixed_point(bad)) << bad;
    EXPECT_EQ(show_fixed_point(1500), "1.5");
    EXPECT_EQ(show_fixed_point(12000), "12.0");
    EXPECT_EQ(show_fixed_point(1005), "1.005");
}

TEST(Value, ReadsTimes)
{
    EXPECT_EQ(*parse_time("1w2d3h4m5s"), 788645s);
    EXPECT_EQ(*parse_time("5s4m"), 245s);
    EXPECT_EQ(*parse_time("5m5m"), 10min);
    EXPECT_EQ(*parse_time("0s"), 0s);
    for (const auto* bad : {"", "5", "0", "5m 5s", "-5m", "5M", "\"5m\"", "m", "5m5", "99999999999999w"})
        EXPECT_FALSE(parse_time(bad)) << bad;
    EXPECT_EQ(show_time(788645s), "1w2d3h4m5s");
    EXPECT_EQ(show_time(0s), "0s");
    EXPECT_EQ(show_time(90min), "1h30m");
}

struct StringCase {
    std::string_view text, want;
};

TEST(Value, ReadsStringsWithAndWithoutQuotes)
{
    const StringCase cases[] = {
        {"a b", "a b"},
        {"ab\"c\"", "ab\"c\""},
        {"a\\nb", "a\\nb"},
        {"\"\"", ""},
        {"\"a\\tb \\x41\\101\\q\\\"z\"", "a\tb AAq\"z"},
        {"\"\\x4142\"", "A42"},
        {"\"\\1234\"", "S4"},
        {"\"a\"  \t", "a"},
        {"\"\\\\\"", "\\"},
    };
    for (const auto& test : cases) {
        const auto got = parse_string(test.text);
        ASSERT_TRUE(got) << test.text << got.error().text;
        EXPECT_EQ(*got, test.want) << test.text;
    }
}

TEST(Value, RefusesMalformedQuotedStrings)
{
    const StringCase cases[] = {
        {"\"ab\" x", "extra characters \"x\" follow the closing quote of the string value"},
        {"\"ab", "missing quote at end of string value"},
        {"\"ab\\\"", "missing quote at end of string value"},
        {"\"ab\\", "missing quote at end of string value"},
        {"\"\\0\"", "a quoted string cannot hold a zero octet"},
        {"\"\\x\"", "\\x in a quoted string needs hexadecimal digits"},
        {"\"\\x0\"", "a quoted string cannot hold a zero octet"},
    };
    for (const auto& test : cases) {
        const auto got = parse_string(test.text);
        ASSERT_FALSE(got) << test.text;
        EXPECT_EQ(got.error().text, test.want);
    }
}

TEST(Value, WritesStringsSoThatTheyReadBack)
{
    for (const std::string_view text : {"a b", " a", "a ", "\"a\"", "a\\", "a\nb\tc\r", "\\", "", "x\"y"})
        EXPECT_EQ(*parse_string(show_string(text)), text) << text;
    EXPECT_EQ(show_string("plain : list"), "plain : list");
}

// --- lists --------------------------------------------------------------------------------------

struct ListCase {
    std::string_view text;
    std::vector<std::string> want;
};

TEST(List, IsSplitAsManual620To622Say)
{
    const ListCase cases[] = {
        {"", {}},
        {"a", {"a"}},
        {" a : b ", {"a", "b"}},
        {"a:", {"a"}},
        {"a : : b", {"a", "", "b"}},
        {":", {""}},
        {": a", {"", "a"}},
        {"127.0.0.1 : ::::1", {"127.0.0.1", "::1"}},
        {"127.0.0.1::::1", {"127.0.0.1::1"}},
        {"a::b", {"a:b"}},
        {"a:::b", {"a:", "b"}},
        {"<; 127.0.0.1 ; ::1", {"127.0.0.1", "::1"}},
        {" <;a;;b;c", {"a;b", "c"}},
        {"<\n a \n b\n\nc", {"a", "b", "", "c"}},
        {"<a", {"<a"}},
        {"<", {}},
    };
    for (const auto& test : cases)
        EXPECT_EQ(split_list(test.text), test.want) << test.text;
}

TEST(List, IsJoinedSoThatItSplitsBack)
{
    const std::vector<std::vector<std::string>> lists = {
        {}, {"a"}, {"a", "b"}, {"::1", "a:b"}, {""}, {"", "a"}, {"a", "", "b"}, {"a", ""},
    };
    for (const auto& items : lists)
        EXPECT_EQ(split_list(join_list(items)), items) << join_list(items);
}

}
}
