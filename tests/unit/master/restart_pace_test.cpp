#include "common/process/restart_pace.h"

#include <gtest/gtest.h>

namespace gp::process {
namespace {

using std::chrono::seconds;

TEST(RestartPace, StartsAtOnceThenSlowerUpToAMinute)
{
    RestartPace pace;
    RestartPace::Time now{};
    for (int expected : {0, 1, 2, 4, 8, 16, 32, 60, 60, 60}) {
        EXPECT_EQ(pace.after_exit(now, now + seconds{1}), seconds{expected});
        now += seconds{100};
    }
}

TEST(RestartPace, ForgetsWhenAServiceHasLived)
{
    RestartPace pace;
    const RestartPace::Time now{};
    for (int i = 0; i < 5; ++i)
        pace.after_exit(now, now + seconds{1});
    EXPECT_EQ(pace.after_exit(now, now + RestartPace::young), seconds{0});
    EXPECT_EQ(pace.after_exit(now, now + seconds{1}), seconds{1});
}

}
}
