// Messages that wait for a queue run, and what a run takes.

#include <gtest/gtest.h>

#include "tests/unit/qmgr/suite.h"

namespace gp::qmgr {
namespace {

using test::play;
using test::Suite;

TEST(QueueRuns, QueueOnlyWaitsForARun)
{
    play(
        [](Suite& suite) {
            suite.send("s@x.example", {"u@there.example"});
            suite.settle();
            EXPECT_TRUE(suite.remote.requests.empty());
            suite.run();
            EXPECT_TRUE(suite.spool_is_empty());
        },
        [](Suite& suite) { suite.parameters.queue_only = true; });
}

TEST(QueueRuns, AMessageMayAskToBeQueued)
{
    play([](Suite& suite) {
        suite.send("s@x.example", {"u@there.example"}, [](mail::Envelope& e) { e.queue_only = true; });
        suite.send("s@x.example", {"u@there.example", "u@local.example"},
                   [](mail::Envelope& e) { e.queue_smtp_only = true; });
        suite.settle();
        EXPECT_TRUE(suite.remote.requests.empty());
        EXPECT_EQ(suite.launcher.requests.size(), 1u);
        const auto lines = suite.told();
        EXPECT_NE(
            lines.find(
                "== u@there.example R=dnslookup T=remote_smtp defer (0): SMTP delivery explicitly queued\n"),
            std::string::npos)
            << lines;
        suite.run();
        EXPECT_TRUE(suite.spool_is_empty());
    });
}

TEST(QueueRuns, ARunForOneMessageEndsWithItsFirstAttempt)
{
    play([](Suite& suite) {
        suite.remote.before = [](const auto&) { event::sleep_for(Duration{30}); };
        const auto id = suite.send("s@x.example", {"u@there.example"});
        ASSERT_TRUE(suite.wait_for([&] { return suite.remote.running > 0; }));
        suite.run({.wait = true, .ids = {id}});
        EXPECT_TRUE(suite.spool_is_empty());
        suite.run({.wait = true, .ids = {id}}); // gone already: nothing to wait for
    });
}

// sendmail -odb may ask before spoold's notice has come.
TEST(QueueRuns, WhatIsHeardOfLaterIsTriedAllTheSame)
{
    play(
        [](Suite& suite) {
            const std::string id = "16aiQz-000777-00";
            suite.settle();
            bool over = false;
            const auto caller = event::Loop::current().spawn("caller", [&] {
                suite.run({.wait = true, .ids = {id}});
                over = true;
            });
            ASSERT_TRUE(caller);
            event::sleep_for(Duration{20});
            suite.send("s@x.example", {"u@there.example"}, [&](mail::Envelope& e) { e.id = id; });
            ASSERT_TRUE(suite.wait_for([&] { return over; }));
            EXPECT_EQ(suite.remote.requests.size(), 1u);
        },
        [](Suite& suite) { suite.parameters.queue_only = true; });
}

TEST(QueueRuns, ARunIncludesTheReportsThatItMakes)
{
    play([](Suite& suite) {
        suite.remote.fate = [](const auto&, const auto&) { return test::failed("550 no", 550); };
        suite.launcher.before = [](const auto&) { event::sleep_for(Duration{30}); };
        suite.send("s@local.example", {"u@there.example"}, [](mail::Envelope& e) { e.queue_only = true; });
        suite.settle();
        suite.run();
        EXPECT_EQ(suite.launcher.requests.size(), 1u);
        EXPECT_TRUE(suite.spool_is_empty());
        const auto lines = suite.told();
        EXPECT_TRUE(lines.starts_with("Start queue run: pid=")) << lines;
        const auto end = lines.rfind("End queue run: pid=");
        EXPECT_NE(end, std::string::npos);
        EXPECT_EQ(lines.find('\n', end), lines.size() - 1) << lines;
    });
}

TEST(QueueRuns, RunsByTheTimer)
{
    play(
        [](Suite& suite) {
            std::string all; // the first one comes at once
            ASSERT_TRUE(suite.wait_for([&] { return (all += suite.told()).find("End queue run") != std::string::npos; })) << all;
            test::refuse_connections(suite.remote);
            suite.send("s@x.example", {"u@there.example"});
            suite.settle();
            suite.remote.fate = {};
            suite.remote.finish = {};
            suite.advance(1000);
            suite.settle();
            EXPECT_EQ(suite.remote.requests.size(), 1u); // its time has come, but the run has not
            suite.advance(801);
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
            suite.settle();
        },
        [](Suite& suite) { suite.parameters.queue_interval = 1800; });
}

// Manual 5.3: of the messages that -R selects, the first is tried whatever the retry times say.
TEST(QueueRuns, WhatIsSelectedMayBeAnExpressionAndTheFirstIsForced)
{
    play([](Suite& suite) {
        bool is_down = true;
        suite.router.route = [&](std::uint32_t index, const std::string& address) {
            if (!is_down)
                return test::FakeRouter::usual(index, address);
            return router::RoutedRecipient{.index = index,
                                           .unrouted = {{.why = router::Unrouted::Why::deferred,
                                                         .address = address,
                                                         .unique = address,
                                                         .text = "not now",
                                                         .retry_key = "R:" + address}}};
        };
        suite.send("s@x.example", {"postmaster@there.example"});
        suite.send("s@x.example", {"other@there.example"});
        suite.settle();
        is_down = false;
        suite.told();
        suite.run({.recipient_match = "^q", .recipient_is_pattern = true, .wait = true});
        EXPECT_EQ(suite.remote.requests.size(), 0u);
        suite.run({.recipient_match = "p[aeiou]ST", .recipient_is_pattern = true, .wait = true});
        EXPECT_EQ(suite.remote.requests.size(), 1u) << suite.told();
    });
}

TEST(QueueRuns, AreOfOneNamedQueue)
{
    play(
        [](Suite& suite) {
            suite.send("s@x.example", {"u@there.example"}, [](mail::Envelope& envelope) { envelope.queue = "slow"; });
            suite.send("s@x.example", {"v@there.example"});
            suite.settle();
            suite.run({.wait = true});
            EXPECT_EQ(suite.remote.requests.size(), 1u);
            suite.run({.queue = "none", .wait = true});
            EXPECT_EQ(suite.remote.requests.size(), 1u);
            suite.told();
            suite.run({.queue = "slow", .wait = true});
            EXPECT_EQ(suite.remote.requests.size(), 2u);
            EXPECT_TRUE(suite.told().starts_with("Start 'slow' queue run: pid="));
        },
        [](Suite& suite) { suite.parameters.queue_only = true; });
}

TEST(QueueRuns, WhoMerelyWaitsForAMessageDoesNotGoAgainstQueueOnly)
{
    play(
        [](Suite& suite) {
            const auto id = suite.send("s@x.example", {"u@there.example"});
            suite.settle();
            suite.run({.joins_only = true, .wait = true, .ids = {id}});
            EXPECT_EQ(suite.remote.requests.size(), 0u);
            suite.run({.wait = true, .ids = {id}}); // -odi
            EXPECT_EQ(suite.remote.requests.size(), 1u);
        },
        [](Suite& suite) { suite.parameters.queue_only = true; });
}

TEST(QueueRuns, LeaveRemoteDeliveriesForTheSecondStage)
{
    play(
        [](Suite& suite) {
            suite.send("s@x.example", {"u@there.example"});
            suite.settle();
            suite.told();
            suite.run({.local_only = true, .wait = true});
            EXPECT_EQ(suite.remote.requests.size(), 0u);
            EXPECT_EQ(suite.told().find("=="), std::string::npos);
            suite.run({.two_stage = true, .wait = true});
            EXPECT_EQ(suite.remote.requests.size(), 1u);
            EXPECT_TRUE(suite.spool_is_empty());
        },
        [](Suite& suite) { suite.parameters.queue_only = true; });
}

TEST(QueueRuns, APromptAttemptMindsRetryTimesAndFreezing)
{
    play(
        [](Suite& suite) {
            const auto id = suite.send("s@x.example", {"u@there.example"});
            const auto frozen =
                suite.send("s@x.example", {"v@there.example"}, [](mail::Envelope& envelope) { envelope.frozen = true; });
            suite.settle();
            suite.run({.prompt = true, .wait = true, .ids = {id, frozen}});
            EXPECT_EQ(suite.remote.requests.size(), 1u);
            EXPECT_EQ(suite.spool.messages.size(), 1u);
        },
        [](Suite& suite) { suite.parameters.queue_only = true; });
}

TEST(QueueRuns, AMessageIsCompletedAfterItsReportsInAOneShotSuite)
{
    play(
        [](Suite& suite) {
            suite.remote.fate = [](const auto&, const auto&) { return test::failed("550 no", 550); };
            suite.launcher.before = [](const auto&) { event::sleep_for(Duration{30}); };
            suite.send("s@local.example", {"u@there.example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
            const auto lines = suite.told();
            const auto report_done = lines.find("B Completed"), done = lines.find("A Completed");
            EXPECT_NE(report_done, std::string::npos) << lines;
            EXPECT_LT(report_done, done) << lines;
        },
        [](Suite& suite) { suite.parameters.one_shot = true; });
}

TEST(QueueRuns, RunsForSendersAndRecipients)
{
    play(
        [](Suite& suite) {
            suite.send("alice@x.example", {"u@there.example"});
            suite.send("bob@x.example", {"v@other.example"});
            suite.settle();
            suite.run({.sender_match = "ALICE", .wait = true});
            EXPECT_EQ(suite.remote.requests.size(), 1u);
            EXPECT_EQ(suite.remote.requests.at(0).sender, "alice@x.example");
            suite.run({.recipient_match = "nobody", .wait = true});
            EXPECT_EQ(suite.remote.requests.size(), 1u);
            suite.run({.recipient_match = "other.ex", .wait = true});
            EXPECT_EQ(suite.remote.requests.size(), 2u);
            EXPECT_TRUE(suite.spool_is_empty());
        },
        [](Suite& suite) { suite.parameters.queue_only = true; });
}

}
}
