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
        EXPECT_EQ(pace.after_exit(now, now + seconds{1}, {}), seconds{expected});
        now += seconds{100};
    }
}

TEST(RestartPace, ForgetsWhenAServiceHasLived)
{
    RestartPace pace;
    const RestartPace::Time now{};
    for (int i = 0; i < 5; ++i)
        pace.after_exit(now, now + seconds{1}, {});
    EXPECT_EQ(pace.after_exit(now, now + RestartPace::Limits{}.healthy, {}), seconds{0});
    EXPECT_EQ(pace.after_exit(now, now + seconds{1}, {}), seconds{1});
}

TEST(RestartPace, GoesByItsLimits)
{
    const RestartPace::Time now{};
    RestartPace pace, at_once;
    for (int expected : {0, 3, 5, 5})
        EXPECT_EQ(pace.after_exit(now, now + seconds{1}, {.first = seconds{3}, .longest = seconds{5}, .healthy = seconds{2}}),
                  seconds{expected});
    EXPECT_EQ(pace.after_exit(now, now + seconds{2}, {.healthy = seconds{2}}), seconds{0});
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(at_once.after_exit(now, now, {.longest = seconds{0}}), seconds{0});
}

}
}
