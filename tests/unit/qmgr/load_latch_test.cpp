#include "qmgr/load_latch.h"

#include <gtest/gtest.h>

namespace gp::qmgr {
namespace {

TEST(LoadLatch, WhatFollowsOnTheConnectionWaitsToo)
{
    LoadLatch latch{true};
    EXPECT_FALSE(latch.must_wait("192.0.2.1:4000", false));
    EXPECT_TRUE(latch.must_wait("192.0.2.1:4000", true));
    EXPECT_TRUE(latch.must_wait("192.0.2.1:4000", false));
    EXPECT_FALSE(latch.must_wait("192.0.2.1:4001", false));
}

TEST(LoadLatch, LocalMessagesAndThoseWithoutTheOptionGoByTheLoadAlone)
{
    LoadLatch latch{true}, none{false};
    EXPECT_TRUE(latch.must_wait("", true));
    EXPECT_FALSE(latch.must_wait("", false));
    EXPECT_TRUE(none.must_wait("192.0.2.1:4000", true));
    EXPECT_FALSE(none.must_wait("192.0.2.1:4000", false));
}

TEST(LoadLatch, RemembersABoundedNumberOfConnections)
{
    LoadLatch latch{true};
    for (std::size_t i = 0; i <= LoadLatch::most; ++i)
        EXPECT_TRUE(latch.must_wait(std::to_string(i), true));
    EXPECT_FALSE(latch.must_wait("0", false));
    EXPECT_TRUE(latch.must_wait("1", false));
}

}
}
