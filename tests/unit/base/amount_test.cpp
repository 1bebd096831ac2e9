#include "common/base/amount.h"

#include <gtest/gtest.h>

namespace gp {
namespace {

TEST(Amount, MayHaveAFractionAndAUnit)
{
    EXPECT_EQ(*parse_amount("1.5K"), 1536);
    EXPECT_EQ(*parse_amount("10M"), 10 * 1024 * 1024);
    EXPECT_EQ(*parse_amount("0.25G"), 256 * 1024 * 1024);
    EXPECT_EQ(*parse_amount("7"), 7);
    for (const auto* text : {"", "K", ".", "1.5F", "1.x", "20F", "1.5.5", "-1.5"})
        EXPECT_FALSE(parse_amount(text)) << text;
}

TEST(Amount, MayBeAShareOfAnother)
{
    EXPECT_EQ(*parse_share("75%", 1000), 750);
    EXPECT_EQ(*parse_share("75%", 0), 0);
    EXPECT_EQ(*parse_share("2K", 1000), 2048);
    EXPECT_FALSE(parse_share("101%", 1000));
    EXPECT_FALSE(parse_share("%", 1000));
}

}
}
