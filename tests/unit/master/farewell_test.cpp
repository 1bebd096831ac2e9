#include "master/farewell.h"

#include <gtest/gtest.h>

#include "common/base/text.h"
#include "common/service/privileges.h"

namespace gp::master {
namespace {

// Who asks ends no later than whom it asks, but for bounces, which qmgr makes while cleanup is still there.
TEST(Farewell, FollowsTheChannels)
{
    for (const auto& row : service::privileges())
        for (const auto other : split(row.asks, ' ')) {
            if (!other.empty()) {
                EXPECT_LE(farewell_rank(row.service), farewell_rank(other))
                    << row.service << " asks " << other;
            }
        }
}

TEST(Farewell, TheLogIsTheLast)
{
    for (const auto& row : service::privileges())
        EXPECT_LE(farewell_rank(row.service), farewell_rank("log"));
}

}
}
