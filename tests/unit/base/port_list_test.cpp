#include "common/base/port_list.h"

#include <gtest/gtest.h>

namespace gp {
namespace {

// As Exim 4.100.1 has it.
TEST(PortList, TheFirstItemThatFitsDecides)
{
    for (const std::uint32_t port : {0u, 25u, 65535u})
        EXPECT_TRUE(is_in_port_list("*", port) && !is_in_port_list("", port)) << port;
    EXPECT_TRUE(is_in_port_list("25", 25));
    EXPECT_FALSE(is_in_port_list("25", 587));
    EXPECT_TRUE(is_in_port_list("!25:587", 587));
    EXPECT_FALSE(is_in_port_list("!25:25", 25));
    EXPECT_TRUE(is_in_port_list("25:!25", 25));
    EXPECT_TRUE(is_in_port_list("25:!*", 25));
    EXPECT_FALSE(is_in_port_list("25:!*", 26));
}

TEST(PortList, BehindTheLastItemItsContraryHolds)
{
    EXPECT_TRUE(is_in_port_list("!25:!587", 26));
    EXPECT_FALSE(is_in_port_list("!25:!587", 587));
    EXPECT_FALSE(is_in_port_list("!25:587", 26));
}

}
}
