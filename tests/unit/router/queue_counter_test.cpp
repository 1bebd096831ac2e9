#include "router/queue_counter.h"

#include <gtest/gtest.h>

#include "common/ipc/endpoint.h"
#include "router/etrn_protocol.h"
#include "tests/support/fiber_test.h"
#include "tests/support/switchboard.h"

namespace gp::router {
namespace {

class Counted final : public ipc::Endpoint<CountQueue> {
public:
    Result<CountQueueReply> answer(const CountQueue&, ipc::Channel&) override
    {
        ++asked;
        if (fails)
            return temporary("not now");
        return CountQueueReply{.messages = 7};
    }
    int asked = 0;
    bool fails = true;
};

TEST(QueueCounter, AsksOnceAMinuteWhateverTheAnswerIs)
{
    test::run_fiber([] {
        test::Switchboard switchboard;
        Counted far;
        ipc::Link qmgr{"qmgr"};
        switchboard.connect(qmgr, far);
        ManualClock clock;
        QueueCounter counter{qmgr, clock};
        EXPECT_EQ(counter.size(), std::nullopt);
        EXPECT_EQ(counter.size(), std::nullopt);
        EXPECT_EQ(far.asked, 1);
        far.fails = false;
        clock.advance(std::chrono::seconds{60});
        EXPECT_EQ(counter.size(), 7u);
        EXPECT_EQ(counter.size(), 7u);
        EXPECT_EQ(far.asked, 2);
        switchboard.hang_up();
    });
}

}
}
