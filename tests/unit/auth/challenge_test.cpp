#include "common/auth/challenge.h"

#include <gtest/gtest.h>

namespace gp::auth {
namespace {

TEST(Challenge, IsNeverTwiceTheSame)
{
    const auto one = fresh_challenge(7, "mx.example"), other = fresh_challenge(7, "mx.example");
    EXPECT_TRUE(one.starts_with('<') && one.ends_with(".7@mx.example>")) << one;
    EXPECT_NE(one, other);
}

TEST(Challenge, OfATestIsTheExampleOfTheSpecification)
{
    let_challenges_be_the_example(true);
    EXPECT_EQ(fresh_challenge(7, "mx.example"), "<1896.697170952@postoffice.reston.mci.net>");
    let_challenges_be_the_example(false);
}

}
}
