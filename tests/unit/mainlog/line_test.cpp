#include "common/mainlog/line.h"

#include <gtest/gtest.h>

using namespace gp::mainlog;

TEST(Line, TakesAnArrivalApart)
{
    const auto line = parse_line("2002-10-31 08:57:53 16ZCW1-0005MB-00 <= kryten@dwarf.example H=mailer.example "
                                 "(helo.example) [192.168.123.123]:25 P=esmtp S=2078 id=x@y\n");
    ASSERT_TRUE(line);
    EXPECT_EQ(line->id, "16ZCW1-0005MB-00");
    EXPECT_EQ(line->flag, Flag::received);
    EXPECT_EQ(line->stamp, "2002-10-31 08:57:53");
    EXPECT_EQ(line->milliseconds, 1036054673000);
    EXPECT_EQ(field(line->text, "S=").value_or(""), "2078");
    const auto from = host(line->text);
    ASSERT_TRUE(from);
    EXPECT_EQ(from->name, "mailer.example");
    EXPECT_EQ(from->helo, "helo.example");
    EXPECT_EQ(from->address, "192.168.123.123");
}

TEST(Line, KnowsMillisecondsZoneAndPid)
{
    const auto line = parse_line("2023-11-14 22:13:28.123 +0130 [55] 1r2nXW-000000-0B Completed QT=1m2s");
    ASSERT_TRUE(line);
    EXPECT_EQ(line->pid, "[55]");
    EXPECT_EQ(line->flag, Flag::completed);
    EXPECT_EQ(line->milliseconds, (1700000008 - 5400) * 1000LL + 123);
    EXPECT_EQ(field(line->text, "QT=").value_or(""), "1m2s");
}

TEST(Line, KnowsTheLongerIdsOfExim497)
{
    const auto line = parse_line("2023-11-14 22:13:28 1r2nXW-00000000AAA-00BB => a@b R=x T=y C=\"250 OK id=1\"");
    ASSERT_TRUE(line);
    EXPECT_EQ(line->id, "1r2nXW-00000000AAA-00BB");
    EXPECT_EQ(line->flag, Flag::delivered);
    EXPECT_EQ(field(line->text, "C=").value_or(""), "250 OK id=1");
}

TEST(Line, ReadsBehindSyslogsWords)
{
    const auto line = parse_line("Nov 21 10:00:00 host exim[123]: 2023-11-14 22:13:28 Start queue run: pid=9");
    ASSERT_TRUE(line);
    EXPECT_TRUE(line->id.empty());
    EXPECT_EQ(line->text, "Start queue run: pid=9");
}

TEST(Line, RefusesWhatIsNone)
{
    for (const char* text : {"", "hello", "2023-11-14", "2023-11-14 22:13:28", "  2023-11-14 22:13:28 x",
                             "2023-11-14T22:13:28 x", "]: ]: ]: "})
        EXPECT_FALSE(parse_line(text)) << text;
}

TEST(Line, FieldIsAWordOfItsOwn)
{
    EXPECT_FALSE(field("a DT=5s", "T="));
    EXPECT_EQ(field("a DT=5s T=smtp", "T=").value_or(""), "smtp");
    EXPECT_FALSE(host("=> a@b R=x"));
    EXPECT_EQ(host("H=[1.2.3.4] x")->address, "1.2.3.4");
    EXPECT_EQ(host("H=(unterminated")->address, "");
}

TEST(Line, WhatStrangersQuoteHasNoFields)
{
    const auto line = parse_line("2023-11-14 22:13:28 1r2nXW-000000-0A <= \"a S=9223372036854775807 H=[192.0.2.9] R=x \\\" b\"@far.example "
                                 "H=(c S=7 d) [192.0.2.1] P=esmtp S=200");
    ASSERT_TRUE(line);
    EXPECT_EQ(first_word(line->text), "\"a S=9223372036854775807 H=[192.0.2.9] R=x \\\" b\"@far.example");
    EXPECT_EQ(field(line->text, "S=").value_or(""), "200");
    EXPECT_FALSE(field(line->text, "R="));
    EXPECT_EQ(host(line->text)->address, "192.0.2.1");
    EXPECT_EQ(host(line->text)->helo, "c S=7 d");
    constexpr auto delivery = "a@b <\"x R=y T=z\"@b> F=<\"p T=q\"@r> R=r1 T=t1 C=\"250 \\\"ok\\\" DT=9w\" DT=2s";
    EXPECT_EQ(field(delivery, "R=").value_or(""), "r1");
    EXPECT_EQ(field(delivery, "T=").value_or(""), "t1");
    EXPECT_EQ(field(delivery, "F=").value_or(""), "<\"p T=q\"@r>");
    EXPECT_EQ(field(delivery, "DT=").value_or(""), "2s");
    EXPECT_EQ(field(delivery, "C=").value_or(""), "250 \\\"ok\\\" DT=9w");
    EXPECT_EQ(field("a@b: it said \"no R=r", "R=").value_or(""), "r") << "what nothing closes is no quote";
    EXPECT_EQ(field("x C=\"never closed", "C=").value_or(""), "never");
    EXPECT_EQ(field("C=\"", "C=").value_or("-"), "");
    EXPECT_EQ(first_word(""), "");
}
