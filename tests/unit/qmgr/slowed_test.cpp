// Messages of an account that is slowed: nobody but an operator's force gets them round their turn.
#include <gtest/gtest.h>

#include "tests/unit/qmgr/suite.h"

namespace gp::qmgr {
namespace {

using test::play;
using test::Suite;

void slow_down(Suite& suite)
{
    suite.parameters.account_rate_jump = 2;
    suite.parameters.account_rate_floor = 1;
}

// Three in an hour: the last one waits. Its id.
std::string send_too_many(Suite& suite)
{
    std::string last;
    for (int n = 0; n < 3; ++n) {
        last = suite.send("ann@x.example", {"u@there.example"},
                          [](mail::Envelope& envelope) { envelope.origin.authenticated_id = "ann"; });
        suite.settle();
    }
    EXPECT_EQ(suite.remote.requests.size(), 2u);
    const auto* entry = suite.manager->core().index.find(QueueId{last});
    EXPECT_TRUE(entry && entry->state == State::paused && entry->turn == AccountTurn::awaited);
    return last;
}

TEST(SlowedAccount, WhoAsksForAMessageDoesNotGetItRoundItsTurn)
{
    play(
        [](Suite& suite) {
            const auto id = send_too_many(suite);
            suite.run({.wait = true, .ids = {id}});
            suite.run({.prompt = true, .wait = true, .ids = {id}});
            EXPECT_EQ(suite.remote.requests.size(), 2u);
            suite.run({.force = true, .wait = true, .ids = {id}});
            EXPECT_EQ(suite.remote.requests.size(), 3u);
        },
        slow_down);
}

TEST(SlowedAccount, DeletingItsMailDeletesWhatWaitsForItsTurn)
{
    play(
        [](Suite& suite) {
            const auto id = send_too_many(suite);
            auto [ours, theirs] = gp::test::socket_pair();
            gp::test::also("control", [&suite, end = std::make_shared<OwnedFd>(std::move(theirs))] { suite.manager->serve(std::move(*end)); });
            const auto control = ipc::Channel::open(std::move(ours), "qmgr", nullptr);
            const auto reply = control->call(AskAccounts{.order = "delete", .account = "login:ann", .who = "root"}, gp::test::soon());
            ASSERT_TRUE(reply) << reply.error().text;
            ASSERT_EQ(reply->lines.size(), 1u);
            EXPECT_NE(reply->lines[0].find("has been removed"), std::string::npos) << reply->lines[0];
            suite.settle();
            EXPECT_EQ(suite.remote.requests.size(), 2u);
            EXPECT_TRUE(suite.spool_is_empty());
        },
        slow_down);
}

}
}
