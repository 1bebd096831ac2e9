#include <gtest/gtest.h>

#include "common/base/crc32c.h"
#include "common/base/duration.h"
#include "common/base/encoding.h"
#include "common/base/number.h"
#include "common/base/registry.h"
#include "common/base/text.h"
#include "common/base/utf8.h"

namespace gp {
namespace {

TEST(Crc32c, GivesTheValuesOfRfc3720)
{
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
    EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
}

TEST(Crc32c, ContinuesWhereItStopped)
{
    const std::string text = "the quick brown fox jumps over the lazy dog";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        const auto first = crc32c(0, text.data(), cut);
        EXPECT_EQ(crc32c(first, text.data() + cut, text.size() - cut), crc32c(text));
    }
}

struct DurationCase {
    std::string_view text;
    std::int64_t milliseconds; // -1: refused
};

TEST(Duration, ReadsEximsTimes)
{
    for (auto [text, want] : {DurationCase{"5m", 300'000}, {"2h30m", 9'000'000}, {"90", 90'000}, {"1w2d", 777'600'000},
                              {"250ms", 250}, {"0s", 0}, {"1m5", 65'000}, {"", -1}, {"m", -1}, {"5x", -1},
                              {"5m2h", -1}, {"5m5m", -1}, {"-1s", -1}, {"99999999999999w", -1}, {"5 m", -1}}) {
        const auto got = parse_duration(text);
        EXPECT_EQ(got ? got->count() : -1, want) << text;
    }
}

TEST(Duration, PrintsWhatItReads)
{
    for (std::int64_t ms : {0, 250, 1000, 90'000, 5'400'000, 777'600'000}) {
        const auto text = format_duration(Duration{ms});
        EXPECT_EQ(parse_duration(text)->count(), ms) << text;
    }
    EXPECT_EQ(format_duration(Duration{5'400'000}), "1h30m");
}

TEST(Number, RefusesWhatIsNotOne)
{
    EXPECT_EQ(*parse_size("50M"), 52'428'800);
    EXPECT_EQ(*parse_size("0"), 0);
    EXPECT_EQ(*parse_octal("0660"), 0660);
    for (auto text : {"", "M", "5X", "12 ", "9223372036854775807K", "+1", "0x"})
        EXPECT_FALSE(parse_size(text)) << text;
    EXPECT_FALSE(parse_octal("8"));
    EXPECT_EQ(parse_integer("99999999999999999999").error().text, "\"99999999999999999999\" is too large");
}

TEST(Encoding, TurnsBytesToTextAndBack)
{
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes.push_back(static_cast<char>(i));
        EXPECT_EQ(*base64_decode(base64_encode(bytes)), bytes);
        EXPECT_EQ(*hex_decode(hex_encode(bytes)), bytes);
        EXPECT_EQ(*xtext_decode(xtext_encode(bytes)), bytes);
    }
    EXPECT_EQ(base64_encode("Man"), "TWFu");
    EXPECT_EQ(base64_encode("Ma"), "TWE=");
    EXPECT_EQ(base62_encode(61, 2), "0z");
    EXPECT_EQ(*base62_decode("0z"), 61u);
}

TEST(Encoding, RefusesWhatItDoesNotKnow)
{
    for (auto text : {"T", "T===", "TWE=TWE=", "TW\nE", "===="})
        EXPECT_FALSE(base64_decode(text)) << text;
    for (auto text : {"+4", "+zz", "a=b", "a b"})
        EXPECT_FALSE(xtext_decode(text)) << text;
    EXPECT_FALSE(base62_decode("zzzzzzzzzzzz"));
}

TEST(Text, EscapesSoThatOneEventIsOneLine)
{
    EXPECT_EQ(escape("a\nb\r\t\x01\x80"), "a\\nb\\r\\t\\001\\200");
    EXPECT_EQ(escape("\xc3\xa9\x80", true), "\xc3\xa9\\200");
}

TEST(Text, FindsTheNearestName)
{
    const std::vector<std::string_view> names = {"message_size_limit", "qualify_domain", "spool_directory"};
    EXPECT_EQ(nearest("mesage_size_limit", names), "message_size_limit");
    EXPECT_EQ(nearest("spool_dir", names), "");
    EXPECT_EQ(nearest("xyzzy", names), "");
}

TEST(Utf8, TellsWhereTextIsNotValid)
{
    EXPECT_TRUE(is_utf8("h\xc3\xa9llo \xf0\x9f\x98\x80"));
    EXPECT_EQ(utf8_fault("ab\xc0\x80"), 2u);
    EXPECT_EQ(utf8_fault("\xed\xa0\x80"), 0u);
    EXPECT_EQ(utf8_fault("\xf4\x90\x80\x80"), 0u);
    EXPECT_EQ(utf8_fault("a\xe2\x82"), 1u);
}

struct Word {
    std::string_view name;
    int value;
};

TEST(Registry, FindsByNameWhatWasLinked)
{
    static const Registry<Word>::Entry b{{"b", 2}};
    static const Registry<Word>::Entry a{{"a", 1}};
    const auto words = Registry<Word>::linked();
    ASSERT_EQ(words.all().size(), 2u);
    EXPECT_EQ(words.all()[0].name, "a");
    EXPECT_EQ(words.find("b")->value, 2);
    EXPECT_EQ(words.find("c"), nullptr);
}

Result<int> half(int n)
{
    if (n % 2)
        return permanent("odd");
    return n / 2;
}

Result<int> quarter(int n)
{
    return TRY(half(TRY(half(n))));
}

TEST(Result, HandsErrorsUp)
{
    EXPECT_EQ(*quarter(12), 3);
    EXPECT_EQ(quarter(6).error().text, "odd");
}

}
}
