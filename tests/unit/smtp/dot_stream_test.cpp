#include "common/smtp/dot_stream.h"

#include <gtest/gtest.h>

#include <random>

namespace gp::smtp {
namespace {

struct Read {
    std::string text;
    std::size_t taken = 0;
    bool done = false;
    bool bare = false;
    friend bool operator==(const Read&, const Read&) = default;
};

Read read_in(std::string_view wire, std::size_t block, BareLineEnd bare = BareLineEnd::keep)
{
    DotReader reader{bare};
    Read out;
    while (out.taken < wire.size() && !reader.done())
        out.taken += reader.read(wire.substr(out.taken, block), out.text);
    out.done = reader.done();
    out.bare = reader.has_bare();
    EXPECT_EQ(reader.octets(), out.text.size());
    return out;
}

// RFC 5321 section 4.5.2 said once more, as plainly as can be: split at CRLF, a line of one dot ends.
Read plainly(std::string_view wire)
{
    Read out;
    while (true) {
        const auto end = wire.find("\r\n", out.taken);
        if (end == std::string_view::npos)
            break;
        auto line = wire.substr(out.taken, end - out.taken);
        out.taken = end + 2;
        if (line == ".") {
            out.done = true;
            break;
        }
        if (line.starts_with('.'))
            line.remove_prefix(1);
        out.bare |= line.find_first_of("\r\n") != std::string_view::npos;
        out.text += line;
        out.text += "\r\n";
    }
    return out;
}

TEST(DotReader, UnstuffsDotsAndStopsAtTheEnd)
{
    const auto got = read_in("a\r\n..b\r\n.c\r\n...\r\n.\r\nQUIT\r\n", 1000);
    EXPECT_EQ(got.text, "a\r\n.b\r\nc\r\n..\r\n");
    EXPECT_TRUE(got.done);
    EXPECT_EQ(got.taken, std::string_view("a\r\n..b\r\n.c\r\n...\r\n.\r\n").size());
    EXPECT_FALSE(got.bare);
    EXPECT_EQ(read_in(".\r\n", 1000).text, "");
}

TEST(DotReader, MayTakeALineFeedForALineEnd)
{
    for (std::size_t block = 1; block < 30; ++block) {
        const auto got = read_in("a\n..b\n.c\r\n\n.\nQUIT\n", block, BareLineEnd::end_line);
        EXPECT_EQ(got.text, "a\r\n.b\r\nc\r\n\r\n");
        EXPECT_TRUE(got.done);
        EXPECT_EQ(got.taken, std::string_view("a\n..b\n.c\r\n\n.\n").size());
    }
}

TEST(DotReader, IsTheSameForAnyCutIntoBlocks)
{
    std::mt19937 random{7};
    constexpr std::string_view alphabet = "..\r\r\n\nab";
    for (int round = 0; round < 3000; ++round) {
        std::string wire;
        for (std::size_t i = random() % 40; i > 0; --i)
            wire += random() % 3 ? std::string(1, alphabet[random() % alphabet.size()]) : std::string("\r\n");
        wire += "\r\n.\r\nrest";
        const auto whole = read_in(wire, wire.size());
        const auto want = plainly(wire);
        EXPECT_EQ(whole, want) << testing::PrintToString(wire);
        for (std::size_t block = 1; block < 6; ++block)
            EXPECT_EQ(read_in(wire, block), whole) << testing::PrintToString(wire) << " by " << block;
    }
}

// Every neighbourhood of a lone dot made of CR, LF, NUL and a letter: only CRLF.CRLF ends a message.
TEST(DotReader, IsEndedByNothingButCrlfDotCrlf)
{
    const std::vector<std::string> pieces = {"", "\r", "\n", "\r\n", "\n\r", "\r\r", "\n\n", "\r\r\n", "\r\n\n",
                                             std::string(1, '\0'), "x", std::string("\r\0\n", 3),
                                             std::string("\0\r\n", 3), std::string("\r\n\0", 3), "\r\n ", "\t\r\n"};
    int vectors = 0;
    for (const auto& before : pieces)
        for (const auto& after : pieces)
            for (auto bare : {BareLineEnd::keep, BareLineEnd::normalize}) {
                const std::string wire = "a" + before + "." + after + "b\r\n.\r\n";
                const auto want = plainly(wire);
                for (std::size_t block : {std::size_t{1}, std::size_t{2}, std::size_t{3}, wire.size()}) {
                    const auto got = read_in(wire, block, bare);
                    EXPECT_EQ(got.taken, want.taken) << testing::PrintToString(wire);
                    EXPECT_EQ(got.done, want.done);
                    EXPECT_EQ(got.bare, want.bare) << testing::PrintToString(wire);
                    if (bare == BareLineEnd::keep) {
                        EXPECT_EQ(got.text, want.text);
                    } else {
                        EXPECT_EQ(plainly(got.text).bare, false) << testing::PrintToString(wire);
                    }
                }
                ++vectors;
            }
    EXPECT_GE(vectors, 200);
}

TEST(DotReader, NormalizesBareLineEnds)
{
    EXPECT_EQ(read_in("a\nb\rc\r\r\nd\n.\r\ne\r\n.\r\n", 3, BareLineEnd::normalize).text,
              "a\r\nb\r\nc\r\n\r\nd\r\n.\r\ne\r\n");
}

TEST(DotReader, TakesLinearTimeForAnyOctets)
{
    for (std::string_view piece : {"\n", "\r", ".", "\r\n", "\r\n.", "\n\r", "a\n", "a\r"}) {
        std::string wire;
        while (wire.size() < 1'000'000)
            wire += piece;
        std::string out;
        DotReader{}.read(wire, out);
        EXPECT_LE(out.size(), wire.size());
    }
}

TEST(DotWriter, StuffsSoThatTheReaderGivesTheSame)
{
    std::mt19937 random{11};
    for (int round = 0; round < 1000; ++round) {
        std::string text;
        for (std::size_t i = random() % 20; i > 0; --i)
            text += std::string(random() % 4 ? 0 : 1, '\0') + std::string(random() % 3, '.') + (random() % 2 ? "x" : "") + "\r\n";
        for (std::size_t block = 1; block < 6; ++block) {
            DotWriter writer;
            std::string wire;
            for (std::size_t at = 0; at < text.size(); at += block)
                writer.write(std::string_view(text).substr(at, block), wire);
            writer.finish(wire);
            const auto got = read_in(wire + "more", 1000);
            EXPECT_EQ(got.text, text);
            EXPECT_EQ(got.taken, wire.size());
        }
    }
}

TEST(DotWriter, EndsALastLineThatHasNoEnd)
{
    for (auto [text, want] : {std::pair<std::string_view, std::string_view>{"a", "a\r\n.\r\n"},
                              {"a\r", "a\r\n.\r\n"},
                              {"", ".\r\n"},
                              {".", "..\r\n.\r\n"},
                              {std::string_view("\0.", 2), std::string_view(".\0.\r\n.\r\n", 8)}, // for who drops NULs
                              {std::string_view("\0\0", 2), std::string_view("\0\0\r\n.\r\n", 7)}}) {
        DotWriter writer;
        std::string wire;
        writer.write(text, wire);
        writer.finish(wire);
        EXPECT_EQ(wire, want);
    }
}

}
}
