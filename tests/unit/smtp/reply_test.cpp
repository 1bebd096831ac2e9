#include "common/smtp/reply.h"

#include <gtest/gtest.h>

#include "common/smtp/extension.h"

namespace gp::smtp {
namespace {

TEST(Reply, IsWrittenLineByLine)
{
    EXPECT_EQ(Reply(250, "OK").wire(true), "250 OK\r\n");
    EXPECT_EQ(Reply(550, "5.7.1", "no\nreally").wire(false), "550-no\r\n550 really\r\n");
    EXPECT_EQ(Reply(550, "5.7.1", "no\nreally").wire(true), "550-5.7.1 no\r\n550 5.7.1 really\r\n");
    EXPECT_EQ(Reply(550, "5.7.1", "5.1.1 no").wire(true), "550 5.1.1 no\r\n");
    EXPECT_EQ(Reply(250, "").wire(false), "250 \r\n");
}

TEST(Reply, KeepsStrangersFromEndingALine)
{
    EXPECT_EQ(Reply(550, std::string("a\rb\0c\x7f", 6)).wire(false), "550 a?b?c?\r\n");
    EXPECT_LE(Reply(550, std::string(5000, 'x')).wire(false).size(), 1004u);
}

TEST(ReplyReader, PutsLinesTogether)
{
    ReplyReader reader;
    EXPECT_FALSE(*reader.add("250-mx.example.org Hello"));
    EXPECT_FALSE(*reader.add("250-SIZE 100"));
    const auto got = reader.add("250 HELP");
    ASSERT_TRUE(got && *got);
    EXPECT_EQ((*got)->code, 250u);
    EXPECT_EQ((*got)->text, "mx.example.org Hello\nSIZE 100\nHELP");
    const auto next = reader.add("550 5.1.1 unknown");
    ASSERT_TRUE(next && *next);
    EXPECT_EQ((*next)->enhanced, "5.1.1");
    EXPECT_TRUE(*ReplyReader{}.add("354"));
}

TEST(ReplyReader, ShowsAnEnhancedCodeOnce)
{
    ReplyReader reader;
    const auto reply = reader.add("250 2.0.0 <a@here.example> Saved");
    ASSERT_TRUE(reply && *reply);
    EXPECT_EQ((*reply)->one_line(), "250 2.0.0 <a@here.example> Saved");
    EXPECT_EQ(Reply(552, "5.2.2", "full").one_line(), "552 5.2.2 full");
}

TEST(ReplyReader, RefusesWhatIsNoReply)
{
    for (std::string_view bad : {"", "25", "hello", "250x", "100 a", "600 a", "2x0 a"})
        EXPECT_FALSE(ReplyReader{}.add(bad)) << bad;
    ReplyReader changing;
    EXPECT_TRUE(changing.add("250-a"));
    EXPECT_FALSE(changing.add("550 b"));
    ReplyReader endless;
    bool refused = false;
    for (int i = 0; i < 200 && !refused; ++i)
        refused = !endless.add("250-x");
    EXPECT_TRUE(refused);
}

TEST(Extensions, AreReadAsTheyAreWritten)
{
    Extensions offered;
    offered.size = 52428800;
    offered.eight_bit_mime = offered.pipelining = offered.chunking = offered.starttls = offered.smtputf8 = true;
    offered.help = true;
    offered.auth = {"PLAIN", "LOGIN"};
    const auto lines = extension_lines(offered);
    EXPECT_EQ(lines, (std::vector<std::string>{"SIZE 52428800", "8BITMIME", "PIPELINING", "AUTH PLAIN LOGIN",
                                               "CHUNKING", "STARTTLS", "SMTPUTF8", "HELP"}));
    auto answer = lines;
    answer.insert(answer.begin(), "mx.example.org Hello DSN");
    const auto read = parse_extensions(answer);
    EXPECT_TRUE(read.esmtp && read.chunking && read.starttls && read.smtputf8);
    EXPECT_FALSE(read.dsn); // the first line is a greeting
    EXPECT_EQ(*read.size, 52428800u);
    EXPECT_TRUE(read.offers_auth("login"));
    EXPECT_EQ(extension_lines(read), lines);
}

TEST(Extensions, TellOfRequireTls)
{
    Extensions offered;
    offered.requiretls = true;
    EXPECT_EQ(extension_lines(offered), std::vector<std::string>{"REQUIRETLS"});
    EXPECT_TRUE(parse_extensions({"mx.example.org", "requiretls"}).requiretls);
    EXPECT_FALSE(parse_extensions({"REQUIRETLS", "STARTTLS"}).requiretls);
}

TEST(Extensions, BearMalformedLines)
{
    const auto read = parse_extensions({"x", "", "SIZE foo", "AUTH=LOGIN PLAIN", "LIMITS RCPTMAX=100 MAILMAX=x FOO",
                                        "pipelining x", "X-YZ"});
    EXPECT_EQ(*read.size, 0u);
    EXPECT_EQ(read.auth.size(), 2u);
    EXPECT_EQ(read.limit_rcpt, 100u);
    EXPECT_TRUE(read.pipelining);
}

}
}
