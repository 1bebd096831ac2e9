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

AccountsReply order(Suite& suite, const std::string& what)
{
    auto [ours, theirs] = gp::test::socket_pair();
    gp::test::also("control", [&suite, end = std::make_shared<OwnedFd>(std::move(theirs))] { suite.manager->serve(std::move(*end)); });
    const auto control = ipc::Channel::open(std::move(ours), "qmgr", nullptr);
    auto reply = control->call(AskAccounts{.order = what, .account = "login:ann", .who = "root"}, gp::test::soon());
    EXPECT_TRUE(reply) << reply.error().text;
    return reply ? std::move(reply).take() : AccountsReply{};
}

// Held mail that an administrator is having tried at this moment does not stay, and nothing more of it goes out.
TEST(HeldAccount, DeletingItsMailDeletesWhatIsInWork)
{
    play([](Suite& suite) {
        const auto by_ann = [](mail::Envelope& envelope) { envelope.origin.authenticated_id = "ann"; };
        suite.send("ann@x.example", {"u@there.example"}, by_ann);
        suite.settle();
        order(suite, "hold");
        const auto id = suite.send("ann@x.example", {"u@there.example", "v@other.example"}, by_ann);
        suite.settle();
        ASSERT_TRUE(suite.spool.messages.contains(id) && suite.spool.messages[id].envelope.frozen);
        bool may_go_on = false;
        suite.remote.before = [&](const auto&) {
            while (!may_go_on)
                event::sleep_for(Duration{2});
        };
        suite.remote.fate = [](const auto&, const auto&) { return test::deferred("451 later", "rcpt_4xx", 451); };
        suite.run({.force = true, .thaw = true, .wait = false, .ids = {id}});
        ASSERT_TRUE(suite.wait_for([&] { return suite.remote.running > 0; }));
        const auto reply = order(suite, "delete");
        ASSERT_EQ(reply.lines.size(), 1u);
        EXPECT_NE(reply.lines[0].find("removed when that is over"), std::string::npos) << reply.lines[0];
        may_go_on = true;
        ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
        suite.settle();
        const auto told = suite.told();
        EXPECT_NE(told.find("B removed by root\nB Completed"), std::string::npos) << told;
    });
}

// What came before the order and has not had its turn belongs to the same flood, though nobody has looked at it yet.
TEST(HeldAccount, DeletingItsMailDeletesWhatWasNotJudgedYet)
{
    play(
        [](Suite& suite) {
            const auto by_ann = [](mail::Envelope& envelope) { envelope.origin.authenticated_id = "ann"; };
            suite.send("ann@x.example", {"u@there.example"}, by_ann);
            suite.settle();
            order(suite, "hold");
            bool may_go_on = false;
            suite.remote.before = [&](const auto&) {
                while (!may_go_on)
                    event::sleep_for(Duration{2});
            };
            suite.send("bob@x.example", {"u@there.example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.remote.running > 0; }));
            const auto unjudged = suite.send("ann@x.example", {"u@there.example"}, by_ann);
            order(suite, "delete");
            suite.advance(5);
            const auto after = suite.send("ann@x.example", {"u@there.example"}, by_ann);
            may_go_on = true;
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
            suite.settle();
            EXPECT_FALSE(suite.remote.delivered.contains(unjudged + " u@there.example"));
            EXPECT_TRUE(suite.remote.delivered.contains(after + " u@there.example"));
            const auto told = suite.told();
            EXPECT_NE(told.find("C removed by root\nC Completed"), std::string::npos) << told;
        },
        [](Suite& suite) { suite.parameters.queue_active_limit = 1; });
}

// An order that was answered holds, also when the spool cannot take it at once.
TEST(HeldAccount, WhatCannotBeRemovedAtOnceIsRemovedLater)
{
    play([](Suite& suite) {
        const auto by_ann = [](mail::Envelope& envelope) { envelope.origin.authenticated_id = "ann"; };
        suite.send("ann@x.example", {"u@there.example"}, by_ann);
        suite.settle();
        order(suite, "hold");
        const auto id = suite.send("ann@x.example", {"u@there.example"}, by_ann);
        suite.settle();
        bool may_go_on = false;
        suite.remote.before = [&](const auto&) {
            while (!may_go_on)
                event::sleep_for(Duration{2});
        };
        suite.remote.fate = [](const auto&, const auto&) { return test::deferred("451 later", "rcpt_4xx", 451); };
        suite.run({.force = true, .thaw = true, .wait = false, .ids = {id}});
        ASSERT_TRUE(suite.wait_for([&] { return suite.remote.running > 0; }));
        order(suite, "delete");
        suite.spool.refused.insert(spoold::Record::Kind::message_done);
        may_go_on = true;
        suite.settle();
        EXPECT_FALSE(suite.spool_is_empty());
        suite.remote.fate = {};
        suite.run({.force = true, .thaw = true, .wait = true}); // whoever has it tried
        EXPECT_FALSE(suite.remote.delivered.contains(id + " u@there.example"));
        suite.spool.refused.clear();
        suite.advance(3600);
        ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
        EXPECT_FALSE(suite.remote.delivered.contains(id + " u@there.example"));
        const auto told = suite.told();
        EXPECT_NE(told.find("B removed by root\nB Completed"), std::string::npos) << told;
    });
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
