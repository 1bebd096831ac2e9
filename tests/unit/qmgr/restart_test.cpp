// Each side dies at the worst moments and comes back: nothing is lost, nothing is delivered twice but in the
// uncertain window.

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/qmgr/suite.h"

namespace gp::qmgr {
namespace {

using test::play;
using test::Suite;

void reconnect_spool(Suite& suite)
{
    suite.spool.die();
    suite.spool.connect(*suite.spoold_link, &suite.manager->spool_notices());
}

TEST(Restart, TheSpoolDiesBeforeItAcknowledges)
{
    play([](Suite& suite) {
        suite.spool.die_after_records = 1; // "message done" is recorded, the answer is lost
        const auto id = suite.send("s@x.example", {"u@there.example"});
        ASSERT_TRUE(suite.wait_for([&] { return !suite.spool.is_up(); }));
        reconnect_spool(suite);
        suite.settle();
        EXPECT_TRUE(suite.spool_is_empty());
        EXPECT_EQ(suite.remote.delivered[id + " u@there.example"], 1);
        EXPECT_GE(suite.spool.records.size(), 2u); // said again
        const auto lines = suite.told();
        EXPECT_NE(lines.find("A Completed\n"), std::string::npos) << lines;
        EXPECT_EQ(suite.manager->core().index.size(), 0u);
    });
}

TEST(Restart, TheSpoolIsAwayWhileADeliveryEnds)
{
    play([](Suite& suite) {
        test::refuse_connections(suite.remote);
        suite.remote.before = [&](const auto&) { suite.spool.die(); };
        const auto id = suite.send("s@x.example", {"u@there.example"});
        ASSERT_TRUE(suite.wait_for([&] { return !suite.spool.is_up(); }));
        event::sleep_for(Duration{50});
        suite.spool.connect(*suite.spoold_link, &suite.manager->spool_notices());
        suite.settle();
        EXPECT_GT(suite.spool.messages.at(id).next_try, 0); // the deferral has reached it
        EXPECT_EQ(suite.remote.requests.size(), 1u);
    });
}

TEST(Restart, MessagesThatCameMeanwhileAreFoundInTheSnapshot)
{
    play(
        [](Suite& suite) {
            suite.spool.die();
            for (int i = 0; i < 25; ++i)
                suite.send("s@x.example", {"u@there.example"});
            EXPECT_TRUE(suite.remote.requests.empty());
            suite.spool.connect(*suite.spoold_link, &suite.manager->spool_notices());
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
            suite.settle();
            EXPECT_EQ(suite.remote.requests.size(), 25u);
            EXPECT_GE(suite.spool.snapshots, 3u); // in pages
        },
        [](Suite& suite) { suite.spool.page = 10; });
}

TEST(Restart, TheSameMessageToldTwiceIsDeliveredOnce)
{
    play([](Suite& suite) {
        suite.remote.before = [](const auto&) { event::sleep_for(Duration{20}); };
        const auto id = suite.send("s@x.example", {"u@there.example"});
        suite.spool.arrived_again(id);
        ASSERT_TRUE(suite.wait_for([&] { return suite.remote.running > 0; }));
        suite.spool.arrived_again(id);
        suite.settle();
        EXPECT_EQ(suite.remote.delivered[id + " u@there.example"], 1);
        EXPECT_TRUE(suite.spool_is_empty());
    });
}

TEST(Restart, WhatVanishedFromTheSpoolIsForgotten)
{
    play([](Suite& suite) {
        test::refuse_connections(suite.remote);
        const auto id = suite.send("s@x.example", {"u@there.example"});
        suite.settle();
        suite.spool.messages.erase(id);
        EXPECT_EQ(suite.manager->core().index.size(), 1u);
        reconnect_spool(suite);
        EXPECT_TRUE(suite.wait_for([&] { return suite.manager->core().index.size() == 0; }));
    });
}

TEST(Restart, TheManagerFindsWhatWasDeferredAndWhatWasNew)
{
    play([](Suite& suite) {
        test::refuse_connections(suite.remote);
        const auto deferred = suite.send("s@x.example", {"u@there.example"});
        suite.settle();
        suite.spool.die();
        const auto fresh = suite.send("s@x.example", {"v@other.example"});
        suite.remote.fate = {};
        suite.remote.finish = {};
        suite.restart();
        ASSERT_TRUE(suite.wait_for([&] { return !suite.spool.messages.contains(fresh); }));
        suite.settle();
        EXPECT_TRUE(suite.spool.messages.contains(deferred)); // waits for its time and a run
        suite.advance(900);
        suite.run();
        EXPECT_TRUE(suite.spool_is_empty());
    });
}

TEST(Restart, ALeasedMessageWaitsForItsAgent)
{
    play([](Suite& suite) {
        suite.spool.die();
        const auto id = suite.send("s@x.example", {"u@there.example", "v@there.example"});
        suite.spool.lease(id); // an agent of the manager's earlier life is at work
        suite.restart();
        event::sleep_for(Duration{30});
        EXPECT_TRUE(suite.remote.requests.empty());
        suite.run({.force = true, .wait = true});
        EXPECT_TRUE(suite.remote.requests.empty()); // not even by force
        suite.spool.delivered(id, {0}, {"u@there.example"});
        suite.spool.lease_ended(id, true);
        ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
        suite.settle();
        ASSERT_EQ(suite.remote.requests.size(), 1u);
        EXPECT_EQ(suite.remote.requests[0].targets.size(), 1u);
        EXPECT_EQ(suite.remote.requests[0].targets[0].address, "v@there.example");
    });
}

TEST(Restart, ALeaseWhoseEndWasNotToldIsAskedAbout)
{
    play([](Suite& suite) {
        suite.spool.die();
        const auto id = suite.send("s@x.example", {"u@there.example"});
        suite.spool.lease(id);
        suite.restart();
        --suite.spool.messages.at(id).leases;
        suite.advance(31);
        ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
        suite.settle();
    });
}

// The agent dies with the message in its hands: before it began, in the uncertain window, after it recorded.
enum class Moment { before, finishing, recorded };

void agent_dies(Moment moment)
{
    play([moment](Suite& suite) {
        suite.remote.lease_outlives_death = true;
        bool died = false;
        suite.remote.before = [&](const delivery::Deliver& request) {
            if (std::exchange(died, true))
                return;
            if (moment == Moment::recorded) {
                suite.spool.delivered(request.id, {0}, {request.targets[0].unique});
                ++suite.remote.delivered[request.id + " " + request.targets[0].address];
            }
            suite.remote.die();
        };
        const auto id = suite.send("s@x.example", {"u@there.example"});
        ASSERT_TRUE(suite.wait_for([&] { return died; }));
        event::sleep_for(Duration{30});
        suite.remote.connect(*suite.remote_link);
        event::sleep_for(Duration{30});
        EXPECT_EQ(suite.remote.requests.size(), 1u); // it is leased
        suite.spool.lease_ended(id, true, moment == Moment::finishing);
        ASSERT_TRUE(suite.wait_for([&] { return suite.manager->core().active.empty(); }));
        suite.advance(2); // trouble_delay
        ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
        suite.settle();
        EXPECT_EQ(suite.remote.delivered[id + " u@there.example"], 1);
        const auto lines = suite.told();
        if (moment == Moment::recorded) {
            EXPECT_EQ(suite.remote.requests.size(), 1u);
            EXPECT_NE(lines.find("A => u@there.example R=dnslookup T=remote_smtp C=\"recorded by the agent"),
                      std::string::npos)
                << lines;
        } else {
            ASSERT_EQ(suite.remote.requests.size(), 2u);
            EXPECT_EQ(suite.remote.requests[1].uncertain, moment == Moment::finishing);
            EXPECT_EQ(lines.find("may have happened") != std::string::npos, moment == Moment::finishing)
                << lines;
        }
        EXPECT_NE(lines.find("A Completed\n"), std::string::npos) << lines;
    });
}

TEST(Restart, AnAgentDiesBeforeItDelivers)
{
    agent_dies(Moment::before);
}

TEST(Restart, AnAgentDiesWhileItFinishes)
{
    agent_dies(Moment::finishing);
}

TEST(Restart, AnAgentDiesAfterItRecorded)
{
    agent_dies(Moment::recorded);
}

TEST(Restart, OneAgentsDeathDoesNotDisturbTheOthersWork)
{
    play([](Suite& suite) {
        suite.launcher.before = [](const auto&) { event::sleep_for(Duration{50}); };
        suite.remote.before = [&](const auto&) {
            if (suite.remote.requests.size() == 1)
                suite.remote.die();
        };
        const auto id = suite.send("s@x.example", {"u@there.example", "v@local.example"});
        ASSERT_TRUE(suite.wait_for([&] { return !suite.remote.is_up(); }));
        suite.remote.connect(*suite.remote_link);
        ASSERT_TRUE(suite.wait_for([&] { return suite.manager->core().active.empty(); }));
        EXPECT_EQ(suite.launcher.delivered[id + " v@local.example"], 1);
        suite.advance(2);
        ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
        suite.settle();
        EXPECT_EQ(suite.launcher.delivered[id + " v@local.example"], 1);
        EXPECT_EQ(suite.remote.delivered[id + " u@there.example"], 1);
    });
}

TEST(Restart, RouterDiesAndIsAskedAgain)
{
    play([](Suite& suite) {
        suite.router.silent = true;
        suite.send("s@x.example", {"u@there.example"});
        ASSERT_TRUE(suite.wait_for([&] { return suite.router.asked >= 1 && !suite.router.is_up(); }));
        suite.router.silent = false;
        suite.router.connect(*suite.router_link); // the question is repeatable: the link asks the next one
        ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
        suite.settle();
        EXPECT_EQ(suite.remote.requests.size(), 1u);
    });
}

TEST(Restart, RouterThatDiesAgainAndAgainOnlyDelays)
{
    play([](Suite& suite) {
        suite.router.silent = true;
        const auto id = suite.send("s@local.example", {"u@there.example"});
        for (int i = 0; i < 2; ++i) {
            ASSERT_TRUE(suite.wait_for([&] { return !suite.router.is_up(); }));
            suite.router.connect(*suite.router_link);
        }
        ASSERT_TRUE(suite.wait_for([&] { return suite.manager->core().active.empty(); }));
        EXPECT_TRUE(suite.bounce.reports.empty()); // our own trouble is nobody's failure
        EXPECT_TRUE(suite.spool.messages.contains(id));
        suite.router.silent = false;
        if (!suite.router.is_up())
            suite.router.connect(*suite.router_link);
        suite.advance(2);
        ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
        suite.settle();
    });
}

TEST(Restart, ALostAnswerOfBounceMakesNoSecondReport)
{
    play([](Suite& suite) {
        suite.remote.fate = [](const auto&, const auto&) { return test::failed("550 no", 550); };
        suite.bounce.die_after = 1;
        suite.send("s@local.example", {"u@there.example"});
        ASSERT_TRUE(suite.wait_for([&] { return !suite.bounce.is_up() && !suite.bounce.reports.empty(); }));
        suite.bounce.connect(*suite.bounce_link);
        ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
        suite.settle();
        EXPECT_EQ(suite.bounce.reports.size(), 1u);
        EXPECT_NE(suite.told().find("A Completed\n"), std::string::npos);
    });
}

TEST(Restart, AReportThatCannotBeMadeIsMadeLater)
{
    play([](Suite& suite) {
        suite.remote.fate = [](const auto&, const auto&) { return test::failed("550 no", 550); };
        suite.bounce.refuses = true;
        suite.send("s@local.example", {"u@there.example"});
        ASSERT_TRUE(suite.wait_for(
            [&] { return suite.bounce.reports.size() >= 3 && suite.manager->core().active.empty(); },
            10'000));
        suite.bounce.refuses = false;
        suite.advance(2);
        ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
        suite.settle();
    });
}

// All sides die at random while a few hundred messages pass. Each recipient gets its message exactly once:
// the fake agents have no uncertain window, for they deliver and record in one step.
TEST(Restart, NothingIsLostOrDoubledWhateverDies)
{
    play(
        [](Suite& suite) {
            std::mt19937 random{11};
            for (auto* agent : {&suite.remote, &suite.launcher})
                agent->before = [&](const auto&) {
                    event::sleep_for(Duration{static_cast<int>(random() % 4)});
                };
            std::vector<std::pair<std::string, std::string>> wanted;
            const auto send = [&] {
                const int n = static_cast<int>(wanted.size());
                const std::string a = "a" + std::to_string(n) + "@h" + std::to_string(n % 7) + ".example";
                const std::string b = "b" + std::to_string(n) + "@local.example";
                const auto id = suite.send("s@x.example", {a, b});
                wanted.emplace_back(id, a);
                wanted.emplace_back(id, b);
            };
            for (int round = 0; round < 60; ++round) {
                for (int i = 0; i < 5; ++i)
                    send();
                event::sleep_for(Duration{static_cast<int>(random() % 5)});
                switch (random() % 5) {
                case 0:
                    suite.remote.die();
                    suite.remote.connect(*suite.remote_link);
                    break;
                case 1:
                    suite.launcher.die();
                    suite.launcher.connect(*suite.launcher_link);
                    break;
                case 2:
                    suite.router.die();
                    suite.router.connect(*suite.router_link);
                    break;
                case 3:
                    reconnect_spool(suite);
                    break;
                default:
                    if (round % 3 == 0)
                        suite.restart();
                }
                suite.advance(1);
            }
            for (int i = 0; i < 200 && !suite.spool_is_empty(); ++i) {
                suite.advance(20);
                event::sleep_for(Duration{20});
            }
            EXPECT_TRUE(suite.spool_is_empty()) << suite.spool.messages.size();
            for (const auto& [id, address] : wanted) {
                auto& agent = address.ends_with("@local.example") ? suite.launcher : suite.remote;
                EXPECT_EQ(agent.delivered[id + " " + address], 1) << id << " " << address;
            }
        },
        {}, Duration{60'000});
}

}
}
