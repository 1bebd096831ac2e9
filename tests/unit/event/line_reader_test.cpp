#include "common/event/line_reader.h"

#include "tests/support/fiber_test.h"
#include "tests/support/sockets.h"

#include <gtest/gtest.h>

#include <deque>

namespace gp::event {
namespace {

using test::run_fiber;
using test::soon;

// Gives out prepared pieces, each by one read, then the end.
class Pieces final : public Stream {
public:
    explicit Pieces(std::deque<std::string> pieces) : pieces_(std::move(pieces)) {}
    Result<std::size_t> read(std::span<char> into, Deadline) override
    {
        if (pieces_.empty())
            return std::size_t{0};
        auto& piece = pieces_.front();
        const auto size = piece.copy(into.data(), into.size());
        piece.erase(0, size);
        if (piece.empty())
            pieces_.pop_front();
        return size;
    }
    Status wait_readable(Deadline) override { return {}; }
    Status write(std::string_view, Deadline) override { return {}; }
    bool has_input() override { return !pieces_.empty(); }
    void finish() override {}
    void abort() override {}

private:
    std::deque<std::string> pieces_;
};

std::string shown(const Line& line)
{
    std::string text = "[" + line.text + "]";
    text += line.end == LineEnd::crlf ? "crlf" : line.end == LineEnd::lf ? "lf" : "none";
    if (line.too_long)
        text += " too long";
    if (line.eof)
        text += " eof";
    return text;
}

std::string all_lines(std::deque<std::string> pieces, std::size_t limit, std::size_t buffer = 16 * 1024)
{
    Pieces stream{std::move(pieces)};
    LineReader reader{stream, buffer};
    std::string text;
    for (;;) {
        auto line = reader.read_line(limit, soon());
        if (!line)
            return text + line.error().text;
        text += shown(*line) + "\n";
        if (line->eof)
            return text;
    }
}

struct Case {
    std::string_view name, input, want;
};

class Lines : public testing::TestWithParam<Case> {};

TEST_P(Lines, AreTheSameHoweverTheOctetsArrive)
{
    const std::string input{GetParam().input};
    EXPECT_EQ(all_lines({input}, 10), GetParam().want);
    std::deque<std::string> single;
    for (const char c : input)
        single.emplace_back(1, c);
    EXPECT_EQ(all_lines(single, 10), GetParam().want);
    for (std::size_t cut = 1; cut < input.size(); ++cut)
        EXPECT_EQ(all_lines({input.substr(0, cut), input.substr(cut)}, 10), GetParam().want) << cut;
    for (std::size_t buffer = 1; buffer < 8; ++buffer)
        EXPECT_EQ(all_lines({input}, 10, buffer), GetParam().want) << buffer;
}

INSTANTIATE_TEST_SUITE_P(
    , Lines,
    testing::Values(Case{"ended_by_crlf", "one\r\ntwo\r\n", "[one]crlf\n[two]crlf\n[]none eof\n"},
                    Case{"ended_by_bare_lf", "one\ntwo\r\n", "[one]lf\n[two]crlf\n[]none eof\n"},
                    Case{"with_bare_cr", "a\rb\r\r\nc\r", "[a\rb\r]crlf\n[c\r]none eof\n"},
                    Case{"that_are_empty", "\r\n\n\r\n", "[]crlf\n[]lf\n[]crlf\n[]none eof\n"},
                    Case{"exactly_at_the_limit", "0123456789\r\n0123456789\n",
                         "[0123456789]crlf\n[0123456789]lf\n[]none eof\n"},
                    Case{"beyond_the_limit", "0123456789a\r\nnext\r\n",
                         "[0123456789]crlf too long\n[next]crlf\n[]none eof\n"},
                    Case{"far_beyond_the_limit", "0123456789abcdefghijklmnopqrstuvwxyz\nnext\r\n",
                         "[0123456789]lf too long\n[next]crlf\n[]none eof\n"},
                    Case{"with_cr_at_the_limit", "0123456789\r\r\n",
                         "[0123456789]crlf too long\n[]none eof\n"},
                    Case{"cut_by_the_end", "whole\r\npart", "[whole]crlf\n[part]none eof\n"},
                    Case{"with_zero_octets", std::string_view{"a\0b\r\n", 5},
                         std::string_view{"[a\0b]crlf\n[]none eof\n", 21}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(LineReader, GivesBodiesWithoutCuttingThemIntoLines)
{
    Pieces stream{{"DATA\r\nfirst\r\n.\r\nQUIT\r\n"}};
    LineReader reader{stream};
    EXPECT_EQ(reader.read_line(100, soon())->text, "DATA");
    auto some = reader.read_some(1000, soon());
    EXPECT_EQ(*some, "first\r\n.\r\nQUIT\r\n");
    reader.unread(6);
    EXPECT_EQ(reader.buffered(), 6u);
    EXPECT_EQ(reader.read_line(100, soon())->text, "QUIT");
    EXPECT_EQ(*reader.read_some(10, soon()), "");
}

TEST(LineReader, GivesAtMostAsMuchAsAsked)
{
    Pieces stream{{"abcdef"}};
    LineReader reader{stream};
    EXPECT_EQ(*reader.read_some(4, soon()), "abcd");
    reader.unread(1);
    reader.unread(1);
    EXPECT_EQ(*reader.read_some(100, soon()), "cdef");
}

TEST(LineReaderDeathTest, PutsBackOnlyWhatWasReadLast)
{
    Pieces stream{{"abcdef"}};
    LineReader reader{stream};
    ASSERT_TRUE(reader.read_some(4, soon()));
    EXPECT_DEATH(reader.unread(5), "only what was read last is put back");
}

TEST(LineReader, ForgetsWhatWasSaidInClear)
{
    Pieces stream{{"STARTTLS\r\nMAIL FROM:<injected@example.org>\r\n"}};
    LineReader reader{stream};
    EXPECT_EQ(reader.read_line(100, soon())->text, "STARTTLS");
    EXPECT_TRUE(reader.has_buffered());
    reader.discard_buffered();
    EXPECT_FALSE(reader.has_buffered());
    Pieces after{{"EHLO\r\n"}};
    reader.switch_to(after);
    EXPECT_EQ(reader.read_line(100, soon())->text, "EHLO");
}

TEST(LineReader, SeesInputInItsBufferAndBehindIt)
{
    run_fiber([] {
        auto [here, there] = test::stream_pair();
        LineReader reader{*here};
        EXPECT_FALSE(reader.has_input());
        EXPECT_TRUE(there->write("one\r\ntwo\r\n", soon()));
        EXPECT_TRUE(reader.has_input());
        EXPECT_FALSE(reader.has_buffered());
        EXPECT_EQ(reader.read_line(100, soon())->text, "one");
        EXPECT_TRUE(reader.has_buffered());
        EXPECT_EQ(reader.read_line(100, soon())->text, "two");
        EXPECT_FALSE(reader.has_input());
    });
}

TEST(LineReader, TellsTimeoutInTheMiddleOfALine)
{
    run_fiber([] {
        auto [here, there] = test::stream_pair();
        LineReader reader{*here};
        EXPECT_TRUE(there->write("half", soon()));
        const auto line = reader.read_line(100, Deadline::in(Duration{5}));
        ASSERT_FALSE(line);
        EXPECT_EQ(line.error().cause, Cause::timeout);
    });
}

}
}
