// What of an SMTP dialogue may go to the suite, as its answers come.
#include "master/sendmail/paced_input.h"

#include <gtest/gtest.h>

namespace gp::sendmail {
namespace {

TEST(PacedInput, ACommandWaitsForTheAnswerToTheOneBeforeIt)
{
    PacedInput input;
    input.take("helo a\nmail from:<>\n");
    EXPECT_EQ(input.next(), ""); // the banner is not there
    input.answered(220);
    EXPECT_EQ(input.next(), "helo a\n");
    EXPECT_EQ(input.next(), "");
    input.answered(250);
    EXPECT_EQ(input.next(), "mail from:<>\n");
}

TEST(PacedInput, AMessageGoesAsItComesUpToItsDot)
{
    PacedInput input;
    input.answered(220);
    input.take("DATA\r\nSubject: x\r\n\r\n.\r\nquit\r\n");
    EXPECT_EQ(input.next(), "DATA\r\n");
    EXPECT_EQ(input.next(), "");
    input.answered(354);
    EXPECT_EQ(input.next(), "Subject: x\r\n\r\n.\r\n");
    EXPECT_EQ(input.next(), "");
    input.answered(250);
    EXPECT_EQ(input.next(), "quit\r\n");
}

TEST(PacedInput, AChunkIsAnnouncedBehindAnyWhiteSpace)
{
    PacedInput input;
    input.answered(220);
    input.take("BDAT\t3 LAST\r\nabcquit\r\n");
    EXPECT_EQ(input.next(), "BDAT\t3 LAST\r\n");
    EXPECT_EQ(input.next(), "abc");
    EXPECT_EQ(input.next(), "");
    input.answered(250);
    EXPECT_EQ(input.next(), "quit\r\n");
}

TEST(PacedInput, ADotWithinALineOrALongLineEndsNoMessage)
{
    PacedInput input;
    input.answered(220);
    input.take("data\n");
    EXPECT_EQ(input.next(), "data\n");
    input.answered(354);
    const std::string half(PacedInput::most_held, 'x');
    input.take(half);
    EXPECT_EQ(input.next(), half);
    input.take(".\nend.\n..\n");
    EXPECT_EQ(input.next(), ".\nend.\n..\n");
    input.take(".\nrset\n");
    EXPECT_EQ(input.next(), ".\n");
    EXPECT_EQ(input.next(), "");
}

TEST(PacedInput, WhatIsRefusedHasNoMessage)
{
    PacedInput input;
    input.answered(220);
    input.take("data\nsubject: x\n");
    EXPECT_EQ(input.next(), "data\n");
    input.answered(503);
    EXPECT_EQ(input.next(), "subject: x\n");
    EXPECT_EQ(input.next(), "");
}

TEST(PacedInput, AChunkGoesWithItsCommand)
{
    PacedInput input;
    input.answered(220);
    input.take("BDAT 6 LAST\r\nab\r\n\r");
    EXPECT_EQ(input.next(), "BDAT 6 LAST\r\n");
    EXPECT_EQ(input.next(), "ab\r\n\r");
    input.take("\nquit\r\n");
    EXPECT_EQ(input.next(), "\n");
    EXPECT_EQ(input.next(), "");
    input.answered(250);
    EXPECT_EQ(input.next(), "quit\r\n");
}

TEST(PacedInput, ItsEndLetsTheRestGo)
{
    PacedInput input;
    input.answered(220);
    input.take("quit");
    EXPECT_EQ(input.next(), "");
    EXPECT_FALSE(input.is_over());
    input.end();
    EXPECT_EQ(input.next(), "quit");
    EXPECT_TRUE(input.is_over());
    EXPECT_FALSE(input.wants_more());
}

TEST(PacedInput, IsHeldInBounds)
{
    PacedInput input;
    EXPECT_TRUE(input.wants_more());
    input.take(std::string(PacedInput::most_held, 'x'));
    EXPECT_FALSE(input.wants_more());
}

}
}
