// DSCP values: the names that the manual has, and numbers of six bits.

#include "common/net/dscp.h"

#include <gtest/gtest.h>

namespace gp::net {
namespace {

TEST(Dscp, HasNamesAndNumbersOfSixBits)
{
    EXPECT_EQ(*parse_dscp("ef"), 46);
    EXPECT_EQ(*parse_dscp(" AF41 "), 34);
    EXPECT_EQ(*parse_dscp("cs1"), 8);
    EXPECT_EQ(*parse_dscp("0x2E"), 46);
    EXPECT_EQ(*parse_dscp("63"), 63);
    for (const char* wrong : {"", "64", "-1", "0x", "ef1", "0x40", "1 2"})
        EXPECT_FALSE(parse_dscp(wrong)) << wrong;
    EXPECT_TRUE(std::ranges::is_sorted(dscp_names(), {}, &DscpName::name)); // -bI:dscp
}

}
}
