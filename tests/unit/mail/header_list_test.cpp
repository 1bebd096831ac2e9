#include "common/mail/header_list.h"

#include <gtest/gtest.h>

namespace gp::mail {
namespace {

HeaderList::Parsed parsed(std::string_view text, const HeaderLimits& limits = {})
{
    auto got = HeaderList::parse(text, limits);
    EXPECT_TRUE(got) << (got ? "" : got.error().text);
    return got ? std::move(got).take() : HeaderList::Parsed{};
}

TEST(HeaderList, KeepsTextOctetForOctet)
{
    const std::string block = "A: x\r\n folded\r\n \r\n more \r\nb : \xe9\r\n: none\r\nA:\r\n";
    const auto got = parsed(block + "\r\nbody");
    EXPECT_EQ(got.headers.size(), 4u);
    EXPECT_EQ(got.headers.text(), block);
    EXPECT_EQ(got.body, block.size() + 2);
    EXPECT_TRUE(got.complete);
    EXPECT_EQ(got.headers[0].value(), "x folded  more");
    EXPECT_EQ(got.headers[1].name(), "b");
    EXPECT_EQ(got.headers[1].value(), "\xe9");
}

TEST(HeaderList, EndsAtALineThatIsNoHeader)
{
    for (std::string_view body : {"foo bar\r\nz: z\r\n", " lead\r\n", "From x\r\n"}) {
        const auto lone = parsed(body);
        EXPECT_EQ(lone.headers.size(), 0u) << body;
        EXPECT_EQ(lone.body, 0u) << body;
    }
    const auto got = parsed("x: y\r\nfoo bar\r\nz: z\r\n");
    EXPECT_EQ(got.headers.size(), 1u);
    EXPECT_EQ(got.body, 6u);
    EXPECT_FALSE(got.has_empty_line);
    EXPECT_TRUE(got.complete);
}

TEST(HeaderList, KnowsMessagesWithoutBodyOrHeaders)
{
    EXPECT_EQ(parsed("\r\nbody").body, 2u);
    EXPECT_FALSE(parsed("x: y\r\n").complete);
    EXPECT_EQ(parsed("").headers.size(), 0u);
    EXPECT_EQ(parsed("x: y").headers.text(), "x: y\r\n");
}

TEST(HeaderList, ReadsLinesThatEndInLf)
{
    auto got = parsed("A: x\n y\nB: z\n\nbody");
    EXPECT_EQ(got.headers.size(), 2u);
    EXPECT_EQ(got.headers[0].value(), "x y");
    got.headers.add_bottom("C: d");
    EXPECT_EQ(got.headers.text(), "A: x\n y\nB: z\nC: d\n");
}

TEST(HeaderList, HasLimits)
{
    const auto total = HeaderList::parse("a: 12345678\r\nb: 12345678\r\n\r\n", {.header_maxsize = 20});
    ASSERT_FALSE(total);
    EXPECT_EQ(total.error().cause, Cause::too_big);
    const auto line = HeaderList::parse("a: 1\r\n 23456789\r\n\r\n", {.header_line_maxsize = 10});
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().text, "A message header line is too long");
    EXPECT_FALSE(HeaderList::parse("a:\r\nb:\r\nc:\r\n\r\n", {.headers_max = 2}));
}

TEST(HeaderList, AddsWhereItIsTold)
{
    auto list = parsed("Resent-To: x\r\nReceived: 1\r\nReceived: 2\r\nSubject: s\r\n\r\n").headers;
    list.add_after_received("R: r");
    list.add_before_first("F: f");
    list.add_top("T: t\n more\nU: u\n");
    list.add_bottom("no name");
    EXPECT_EQ(list.text(), "T: t\r\n more\r\nU: u\r\nResent-To: x\r\nReceived: 1\r\nReceived: 2\r\nF: f\r\nR: r\r\n"
                           "Subject: s\r\nX-ACL-Warn: no name\r\n");
}

// What was put above the first Received: stays there.
TEST(HeaderList, BeforeTheFirstIsBehindReceived)
{
    auto list = parsed("X-Top: x\r\nReceived: 1\r\nResent-To: x\r\nSubject: s\r\nReceived: 0\r\n\r\n").headers;
    list.add_before_first("F: f");
    EXPECT_EQ(list.text(), "X-Top: x\r\nReceived: 1\r\nResent-To: x\r\nF: f\r\nSubject: s\r\nReceived: 0\r\n");
    auto none = parsed("Subject: s\r\n\r\n").headers;
    none.add_before_first("F: f");
    EXPECT_EQ(none.text(), "F: f\r\nSubject: s\r\n");
}

TEST(HeaderList, FindsAndRemovesWithoutCase)
{
    auto list = parsed("X-A: 1\r\nx-b: 2\r\nTo: t\r\nTO: u\r\n\r\n").headers;
    EXPECT_EQ(list.count("to"), 2u);
    EXPECT_EQ(list.values("tO"), (std::vector<std::string>{"t", "u"}));
    EXPECT_EQ(list.remove("x-*"), 2u);
    EXPECT_EQ(list.remove("to"), 2u);
    EXPECT_TRUE(list.empty());
}

TEST(HeaderList, KnowsResentMessages)
{
    EXPECT_EQ(parsed("From: a\r\n\r\n").headers.in_force("From"), "From");
    EXPECT_EQ(parsed("resent-to: a\r\n\r\n").headers.in_force("From"), "Resent-From");
}

TEST(Header, TakesANewValue)
{
    Header header("Subject: a\r\n b\r\n");
    header.set_value("c");
    EXPECT_EQ(header.text(), "Subject: c\r\n");
    EXPECT_EQ(Header("nothing").value(), "");
}

}
}
