#include "common/smtp/chunk.h"

#include <gtest/gtest.h>

namespace gp::smtp {
namespace {

TEST(Chunk, ReadsAndWritesItsCommand)
{
    EXPECT_EQ(parse_bdat("5")->size, 5u);
    EXPECT_TRUE(parse_bdat("0 last")->last);
    EXPECT_EQ(format_bdat({1024, true}), "BDAT 1024 LAST\r\n");
    EXPECT_EQ(parse_bdat("").error().text, "missing size for BDAT command");
    for (std::string_view bad : {"x", "-4", "99999999999999999999", "4 LAST x", "4 FOO", "4LAST", "+4", "0x4"})
        EXPECT_FALSE(parse_bdat(bad)) << bad;
}

std::string carried(std::string_view octets, std::size_t block, BareLineEnd bare, bool& has_bare)
{
    ChunkReader reader{bare};
    std::string out;
    for (std::size_t at = 0; at < octets.size(); at += block)
        reader.read(octets.substr(at, block), out);
    reader.finish(out);
    has_bare = reader.has_bare();
    EXPECT_EQ(reader.octets(), out.size());
    return out;
}

TEST(Chunk, CarriesOctetsAsTheyAre)
{
    bool bare = false;
    EXPECT_EQ(carried("a\r\n.\r\nb\r\n", 1, BareLineEnd::keep, bare), "a\r\n.\r\nb\r\n");
    EXPECT_FALSE(bare);
    EXPECT_EQ(carried("a", 1, BareLineEnd::keep, bare), "a\r\n");
    EXPECT_EQ(carried("", 1, BareLineEnd::keep, bare), "");
}

TEST(Chunk, SeesBareLineEndsOverAnyCut)
{
    for (std::size_t block = 1; block < 9; ++block) {
        bool bare = false;
        EXPECT_EQ(carried("a\nb\rc\r\r\nd\r", block, BareLineEnd::keep, bare), "a\nb\rc\r\r\nd\r\r\n");
        EXPECT_TRUE(bare);
        EXPECT_EQ(carried("a\nb\rc\r\r\nd\r", block, BareLineEnd::normalize, bare),
                  "a\r\nb\r\nc\r\n\r\nd\r\n");
        EXPECT_TRUE(bare);
        EXPECT_EQ(carried("ab\r\ncd\r\n", block, BareLineEnd::keep, bare), "ab\r\ncd\r\n");
        EXPECT_FALSE(bare);
    }
}

}
}
