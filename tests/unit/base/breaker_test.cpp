#include "common/base/breaker.h"

#include <gtest/gtest.h>

namespace gp {
namespace {

TEST(Breaker, LeavesAloneWhatFailsTooOften)
{
    Breaker breaker;
    EXPECT_FALSE(breaker.failed("a", 100, 2, 30));
    breaker.succeeded("a");
    EXPECT_FALSE(breaker.failed("a", 100, 2, 30)) << "failures in a row count";
    EXPECT_TRUE(breaker.failed("a", 101, 2, 30));
    EXPECT_TRUE(breaker.rests("a", 130));
    EXPECT_FALSE(breaker.rests("b", 130));
    EXPECT_FALSE(breaker.failed("a", 105, 2, 30)) << "it rests already";
    EXPECT_FALSE(breaker.rests("a", 131));
    EXPECT_TRUE(breaker.failed("a", 131, 2, 30)) << "then one more is enough";
    Breaker never;
    for (int i = 0; i < 100; ++i)
        EXPECT_FALSE(never.failed("a", 1, 0, 30));
}

TEST(Breaker, ForgetsPlacesThatSomebodyInvents)
{
    Breaker breaker;
    for (int i = 0; i < 5000; ++i)
        breaker.failed("place " + std::to_string(i), 10, 1, 30);
    EXPECT_TRUE(breaker.rests("place 4999", 11));
    EXPECT_FALSE(breaker.rests("place 1", 11));
}

}
}
