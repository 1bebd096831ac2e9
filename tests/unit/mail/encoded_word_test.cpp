#include "common/mail/encoded_word.h"

#include <gtest/gtest.h>

namespace gp::mail {
namespace {

std::string decoded(std::string_view text)
{
    auto got = decode_words(text);
    return got ? *got : "error: " + got.error().text;
}

TEST(EncodedWord, DecodesAsEximDoes)
{
    EXPECT_EQ(decoded("=?utf-8?q?a_b=C3=A9?= =?utf-8?b?w6k=?= x"), "a b\u00e9\u00e9 x");
    EXPECT_EQ(decoded("a =?utf-8?q?b?=x =?us-ascii*en?q?c?="), "a bx c");
    EXPECT_EQ(decoded("=?iso-8859-1?q?=E9?="), "\u00e9");
    EXPECT_EQ(decoded("=?windows-1252?q?=80?="), "\u20ac");
    EXPECT_EQ(decoded("=?utf-8?q?" "?=x"), "x");
    EXPECT_EQ(decoded("=?utf-8?q?=00?="), "?");
}

TEST(EncodedWord, LeavesAloneWhatIsNone)
{
    for (std::string_view text : {"=?iso-8859-1?q?=E9", "=?utf-8?x?a?=", "=?utf-8?q?=ZZ?=", "=?utf-8?q?a b?=", "=?",
                                  "=?a", "=?a?q", "=?a?q?", "=?utf-8?b?*?=", "=?utf-8?b?YWI?=", "plain"})
        EXPECT_EQ(decoded(text), text);
    const std::string longer = "=?utf-8?q?" + std::string(80, 'a') + "?= b";
    EXPECT_EQ(decoded(longer), longer);
    EXPECT_EQ(*decode_words(longer, {.check_length = false}), std::string(80, 'a') + " b");
}

TEST(EncodedWord, SaysWhichCharsetItDoesNotKnow)
{
    EXPECT_FALSE(decode_words("=?no-such-set?q?=E9?="));
}

TEST(EncodedWord, EncodesAsEximDoes)
{
    EXPECT_EQ(encode_words("abc def"), "abc def");
    EXPECT_EQ(encode_words("abc=d"), "=?UTF-8?Q?abc=3Dd?=");
    EXPECT_EQ(encode_words("a,b(c)_?.\u00e9 x"), "=?UTF-8?Q?a=2Cb=28c=29=5F=3F=2E=C3=A9_x?=");
}

TEST(EncodedWord, DecodesWhatItEncodes)
{
    std::string text;
    for (int i = 0; i < 60; ++i)
        text += "\u00e9\u20ac x_";
    const auto words = encode_words(text);
    EXPECT_EQ(decoded(words), text);
    for (std::size_t at = 0; at < words.size();) {
        const auto end = std::min(words.find(' ', at), words.size());
        EXPECT_LE(end - at, 75u); // RFC 2047 section 2
        at = end + 1;
    }
}

}
}
