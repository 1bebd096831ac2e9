// What waits for the pace of a host or a sender: it takes no place from others, and nobody waits for it.
#include <gtest/gtest.h>

#include "tests/unit/qmgr/suite.h"

namespace gp::qmgr {
namespace {

using test::play;
using test::Suite;

std::size_t active(const Suite& suite)
{
    return suite.manager->core().active.size();
}

void slow_sender(Suite& suite)
{
    suite.parameters.sender_message_rate = {"*@shop.example=2/1h"};
    suite.parameters.destination_backlog = suite.parameters.destination_backlog_free = 4;
    suite.parameters.queue_active_limit = 10;
}

TEST(Paced, ASendersMailToManyPlacesLeavesTheActiveQueueToOthers)
{
    play(
        [](Suite& suite) {
            for (int n = 0; n < 40; ++n)
                suite.send("all@shop.example", {"u@d" + std::to_string(n) + ".example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.remote.delivered.size() == 2 && active(suite) <= 4; }));
            const auto other = suite.send("ann@x.example", {"u@d1.example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.remote.delivered.contains(other + " u@d1.example"); }));
            EXPECT_EQ(suite.remote.delivered.size(), 3u);
        },
        slow_sender);
}

// In the line, and outside: who it waits for, and until when.
TEST(Paced, a_listing_says_what_mail_waits_for)
{
    play(
        [](Suite& suite) {
            for (int n = 0; n < 20; ++n)
                suite.send("all@shop.example", {"u@d" + std::to_string(n) + ".example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.remote.delivered.size() == 2 && active(suite) <= 4; }));
            const auto now = suite.clock.seconds();
            auto [ours, theirs] = gp::test::socket_pair();
            gp::test::also("control", [&suite, end = std::make_shared<OwnedFd>(std::move(theirs))] { suite.manager->serve(std::move(*end)); });
            const auto page = ipc::Channel::open(std::move(ours), "qmgr", nullptr)->call(List{}, event::Deadline::in(Duration{10'000}));
            ASSERT_TRUE(page);
            EXPECT_EQ(page->messages.size(), 18u);
            for (const auto& message : page->messages) {
                EXPECT_EQ(message.paced_by, "sender all@shop.example") << message.id;
                EXPECT_GT(message.pace_until, now + 3500);
                EXPECT_LE(message.pace_until, now + 3700);
            }
        },
        slow_sender);
}

TEST(Paced, LocalMailDoesNotWaitForASendersPace)
{
    play(
        [](Suite& suite) {
            for (int n = 0; n < 20; ++n)
                suite.send("all@shop.example", {"u@d" + std::to_string(n) + ".example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.remote.delivered.size() == 2 && active(suite) <= 4; }));
            const auto here = suite.send("all@shop.example", {"v@local.example"});
            const auto both = suite.send("all@shop.example", {"w@local.example", "w@far.example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.launcher.delivered.contains(here + " v@local.example"); }));
            ASSERT_TRUE(suite.wait_for([&] { return suite.launcher.delivered.contains(both + " w@local.example"); }));
            EXPECT_EQ(suite.remote.delivered.size(), 2u);
            EXPECT_FALSE(suite.spool.messages.contains(here));
        },
        slow_sender);
}

TEST(Paced, AHigherRateReachesWhatWaitsOutside)
{
    play(
        [](Suite& suite) {
            for (int n = 0; n < 20; ++n)
                suite.send("all@shop.example", {"u@d" + std::to_string(n) + ".example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.remote.delivered.size() == 2 && active(suite) <= 4; }));
            suite.parameters.sender_message_rate = {"*@shop.example=100/1h"};
            suite.reload();
            suite.advance(1);
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
            EXPECT_EQ(suite.remote.delivered.size(), 20u);
        },
        slow_sender);
}

// Neither for what stands in line nor for what waits outside.
TEST(Paced, QueueRunsDoNotWaitForAHostsRate)
{
    play(
        [](Suite& suite) {
            for (int n = 0; n < 12; ++n)
                suite.send("s@x.example", {"u" + std::to_string(n) + "@there.example"}, [](mail::Envelope& envelope) { envelope.queue_only = true; });
            suite.settle();
            EXPECT_EQ(suite.remote.requests.size(), 0u);
            suite.clock.advance(std::chrono::seconds{1});
            suite.run({.wait = true});
            EXPECT_EQ(suite.remote.delivered.size(), 2u);
            EXPECT_LE(active(suite), 4u);
            suite.advance(3600);
            ASSERT_TRUE(suite.wait_for([&] { suite.advance(70); return suite.spool_is_empty(); }, 10'000));
            EXPECT_EQ(suite.remote.delivered.size(), 12u);
        },
        [](Suite& suite) {
            suite.parameters.host_message_rate = {"mx.there.example=2/1m"};
            suite.parameters.destination_backlog = suite.parameters.destination_backlog_free = 4;
        },
        Duration{40'000});
}

}
}
