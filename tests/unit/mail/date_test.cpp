#include "common/mail/date.h"

#include <gtest/gtest.h>

namespace gp::mail {
namespace {

TEST(Date, IsWrittenAsEximWritesIt)
{
    EXPECT_EQ(format_date(920367873, 0), "Tue, 02 Mar 1999 09:44:33 +0000");
    EXPECT_EQ(format_date(920367873, -330), "Tue, 02 Mar 1999 04:14:33 -0530");
    EXPECT_EQ(format_date(0, 60), "Thu, 01 Jan 1970 01:00:00 +0100");
    EXPECT_EQ(format_date(-1, 0), "Wed, 31 Dec 1969 23:59:59 +0000");
}

TEST(Date, ReadsWhatItWritesAndTheOldForms)
{
    struct Case {
        std::string_view text;
        std::int64_t want;
    };
    for (const auto& row : {
             Case{"Tue, 02 Mar 1999 09:44:33 +0000", 920367873},
             Case{"2 Mar 1999 09:44 +0000", 920367840},
             Case{"Tue, 2 Mar 99 04:14:33 -0530 (comment)", 920367873},
             Case{"Tue,2 Mar 1999 04:44:33 EST", 920367873},
             Case{"2-Mar-1999 09:44:33 GMT", 920367873},
             Case{"Thu, 1 Jan 1970 00:00:00 Z", 0},
             Case{"31 Dec 2016 23:59:60 +0000", 1483228800},
         }) {
        const auto got = parse_date(row.text);
        ASSERT_TRUE(got) << row.text << ": " << got.error().text;
        EXPECT_EQ(*got, row.want) << row.text;
    }
}

TEST(Date, RefusesNonsense)
{
    for (std::string_view text : {"", "tomorrow", "31 Feb 2020 00:00 +0000", "1 Jan 2020 25:00 +0000",
                                  "1 Jan 2020 00:00 +00000", "1 Jan 2020", "1 Foo 2020 00:00 +0000",
                                  "99999999999999999999 Jan 2020 00:00 +0000", "1 Jan 2020 00:00 +0099"})
        EXPECT_FALSE(parse_date(text)) << text;
}

}
}
