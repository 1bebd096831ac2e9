#include "common/smtp/command_line.h"

#include <gtest/gtest.h>

namespace gp::smtp {
namespace {

TEST(CommandLine, PartsVerbAndArgument)
{
    const auto mail = parse_command("mail from: <a@b> SIZE=1 ");
    ASSERT_TRUE(mail);
    EXPECT_TRUE(mail->is("MAIL"));
    EXPECT_EQ(mail->argument, "<a@b> SIZE=1");
    EXPECT_EQ(parse_command("NOOP")->argument, "");
    EXPECT_EQ(parse_command("EHLO  foo ")->argument, "foo");
    EXPECT_EQ(parse_command("")->verb, "");
}

TEST(CommandLine, KnowsMailAndRcptOnlyAsEximDoes)
{
    for (std::string_view line : {"RCPT", "RCPT TO", "RCPT TO<a@b>", "RCPT FROM:<a@b>", "RCPT TO : <a@b>",
                                  "RCPT  TO:<a@b>", "MAIL", "MAIL TO:<a@b>", "MAIL FROM"})
        EXPECT_TRUE(parse_command(line)->malformed) << line;
    EXPECT_FALSE(parse_command("rcpt to:<a@b>")->malformed);
}

TEST(CommandLine, RefusesWhatTwoParsersCouldReadInTwoWays)
{
    EXPECT_EQ(parse_command(std::string_view("NOOP\0", 5)).error().text,
              "NUL characters are not allowed in SMTP commands");
    EXPECT_FALSE(parse_command("NO\rOP"));
    EXPECT_FALSE(parse_command("NOOP\r"));
    EXPECT_FALSE(parse_command("NOOP\nMAIL FROM:<>"));
}

TEST(CommandLine, JudgesHeloNames)
{
    for (std::string_view good : {"foo", "a.b.c", "a..b", "a.", "[1.2.3.4]", "[IPv6:::1]", "[::1]", "[IPV6:::1]", "1.2.3.4"})
        EXPECT_TRUE(is_valid_helo(good, "")) << good;
    for (std::string_view bad : {"", "a b", "foo_bar", "[1.2.3", "[foo]", "a:b", "::1", "fd77:1:2:3:4:5:77:10", "a/b", "\xe9"})
        EXPECT_FALSE(is_valid_helo(bad, "")) << bad;
    EXPECT_TRUE(is_valid_helo("foo_bar", "_"));
}

}
}
