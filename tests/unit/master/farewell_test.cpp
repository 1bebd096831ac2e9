#include "master/farewell.h"

#include <gtest/gtest.h>

#include "common/service/image.h"
#include "common/service/privileges.h"

namespace gp::master {
namespace {

// router asks these on behalf of those who end before them: users' files while qmgr routes, callouts while a session
// is judged, the queue run that a session wants by ETRN. They ask router themselves until their last delivery is over.
bool asks_for_others(std::string_view service, std::string_view other)
{
    if (service == "cleanup" && other == "remote") // mua_wrapper: for submit and smtpd, whose last message is over by then
        return true;
    return service == "router" && (other == "launcher" || other == "remote" || other == "qmgr");
}

// Who asks ends no later than whom it asks, but for bounces, which qmgr makes while cleanup is still there.
TEST(Farewell, FollowsTheChannels)
{
    for (const auto& row : service::privileges())
        for (const auto other : service::asked_by(row, service::asks_at_need)) {
            if (!asks_for_others(row.service, other)) {
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
