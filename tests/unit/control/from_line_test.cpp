#include "master/control/from_line.h"

#include <gtest/gtest.h>

#include <string>

namespace gp::control {
namespace {

TEST(FromLine, HasASenderAndADate)
{
    for (const char* line : {"From a@b.example Sat Nov 21 10:00:00 2026", "From a@b.example  Sat Nov  7 10:00 2026\r",
                             "From a@b.example Sat Nov 21 10:00:00 MET 2026", "From a@b.example Sat Nov 21 10:00:00 2026 +0100",
                             "From a@b.example Sat, 21 Nov 2026 10:00:00 +0100"}) {
        const auto read = parse_from_line(line);
        ASSERT_TRUE(read) << line;
        EXPECT_EQ(read->sender, "a@b.example") << line;
        EXPECT_GT(read->date, 0) << line;
    }
    EXPECT_EQ(parse_from_line("From \"a b\"@c Sat Nov 21 10:00:00 2026")->sender, "\"a b\"@c");
    EXPECT_EQ(parse_from_line("From MAILER-DAEMON Sat Nov 21 10:00:00 2026")->sender, "");
    EXPECT_EQ(parse_from_line("From a Thu Jan  1 00:10:00 1970 +0000")->date, 600);
}

TEST(FromLine, IsNotAnyTextThatBeginsWithFrom)
{
    for (const char* line : {"From here on it is text", "From a@b.example", "From a Sat Nov 21", "From a Sat Nov 41 10:00:00 2026",
                             "From a Sat Nov 21 25:00:00 2026", "From a Sat Nov 21 10:00:00 2026 and so on", "from a Sat Nov 21 10:00:00 2026", ""})
        EXPECT_FALSE(parse_from_line(line)) << line;
}

}
}
