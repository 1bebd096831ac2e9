// The real manager under load: bounds hold, and nobody waits for a slow destination.

#include <gtest/gtest.h>
#include <malloc.h>

#include "common/mail/notes.h"
#include "tests/unit/qmgr/suite.h"

namespace gp::qmgr {
namespace {

using test::Suite;

// Loads take their time on a slow machine.
void play(const std::function<void(Suite&)>& life, const std::function<void(Suite&)>& prepare)
{
    test::play(life, prepare, Duration{60'000});
}

TEST(Fairness, ADestinationThatHangsHoldsNobodyBack)
{
    play(
        [](Suite& suite) {
            event::Notice let_go;
            bool hangs = true;
            suite.remote.before = [&](const delivery::Deliver& request) {
                while (hangs && request.instruction.domain == "slow.example")
                    event::sleep_for(Duration{5});
            };
            for (int i = 0; i < 200; ++i)
                suite.send("s@x.example", {"u" + std::to_string(i) + "@slow.example"});
            for (int i = 0; i < 1000; ++i)
                suite.send("s@x.example", {"u@fast" + std::to_string(i % 50) + ".example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool.messages.size() == 200; }, 20'000));
            EXPECT_LE(suite.remote.running, 5u); // the window of a destination that has said nothing yet
            // Of those 200, only so many wait in memory.
            EXPECT_TRUE(suite.wait_for([&] { return suite.manager->core().active.size() <= 40; }))
                << suite.manager->core().active.size();
            hangs = false;
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }, 20'000));
            suite.settle();
            EXPECT_EQ(suite.remote.delivered.size(), 1200u);
        },
        [](Suite& suite) { suite.parameters.destination_backlog = suite.parameters.destination_backlog_free = 30; });
}

// While half of the active set is free a long queue is kept in memory, and none of it is read twice; what comes then is parked.
TEST(Fairness, ADestinationHasMoreRoomWhileTheActiveSetIsHalfFree)
{
    play(
        [](Suite& suite) {
            bool hangs = true;
            suite.remote.before = [&](const delivery::Deliver&) {
                while (hangs)
                    event::sleep_for(Duration{5});
            };
            for (int i = 0; i < 200; ++i)
                suite.send("s@x.example", {"u" + std::to_string(i) + "@slow.example"});
            EXPECT_TRUE(suite.wait_for(
                [&] { return suite.spool.messages.size() == 200 && suite.manager->core().active.size() == 60; }, 20'000))
                << suite.manager->core().active.size();
            EXPECT_EQ(suite.manager->core().scheduler.jobs(), 60u);
            hangs = false;
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }, 20'000));
            suite.settle();
            EXPECT_EQ(suite.remote.delivered.size(), 200u);
        },
        [](Suite& suite) {
            suite.parameters.queue_active_limit = 120;
            suite.parameters.destination_backlog = 10;
            suite.parameters.destination_backlog_free = 150;
        });
}

TEST(Fairness, TheActiveSetIsBounded)
{
    play(
        [](Suite& suite) {
            std::size_t most = 0;
            suite.remote.before = [&](const auto&) {
                most = std::max(most, suite.manager->core().active.size());
                event::yield();
            };
            for (int i = 0; i < 500; ++i)
                suite.send("s@x.example", {"u@h" + std::to_string(i % 40) + ".example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }, 20'000));
            suite.settle();
            EXPECT_LE(most, 10u);
            EXPECT_GT(suite.spool.envelopes_asked, 400u); // fetched when their time came
        },
        [](Suite& suite) { suite.parameters.queue_active_limit = 10; });
}

// The place that a queue run was called to is kept for it, though new mail never ends.
TEST(Fairness, AQueueRunHasItsTurnsBesideAFloodOfNewMail)
{
    play(
        [](Suite& suite) {
            bool refuses = true, floods = true;
            int fresh = 0;
            suite.remote.fate = [&](const delivery::Deliver& request, const delivery::Target&) {
                return refuses && request.instruction.domain == "late.example" ? test::deferred("451 later", "rcpt_4xx", 451)
                                                                               : delivery::Outcome{.fate = delivery::Fate::delivered};
            };
            const auto late = suite.send("s@x.example", {"u@late.example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.remote.requests.size() == 1; }));
            suite.settle();
            refuses = false;
            suite.remote.before = [&](const delivery::Deliver& request) {
                if (floods && request.instruction.domain != "late.example" && fresh < 2000)
                    suite.send("s@x.example", {"u@h" + std::to_string(++fresh % 40) + ".example"});
                event::yield();
            };
            for (int i = 0; i < 10; ++i)
                suite.send("s@x.example", {"u@fast.example"});
            suite.run({.force = true, .wait = false});
            EXPECT_TRUE(suite.wait_for([&] { return !suite.spool.messages.contains(late); }, 20'000));
            EXPECT_LT(fresh, 1000);
            floods = false;
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }, 20'000));
            suite.settle();
        },
        [](Suite& suite) { suite.parameters.queue_active_limit = 2; });
}

TEST(Fairness, ALargeMessageDoesNotStarveSmallOnes)
{
    play(
        [](Suite& suite) {
            std::vector<std::string> many;
            for (int i = 0; i < 5000; ++i)
                many.push_back("u" + std::to_string(i) + "@there.example");
            suite.remote.before = [](const auto&) { event::sleep_for(Duration{5}); };
            const auto large = suite.send("s@x.example", many);
            ASSERT_TRUE(suite.wait_for([&] { return suite.remote.running > 0; }));
            for (int i = 0; i < 20; ++i)
                suite.send("s@x.example", {"small@there.example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool.messages.size() == 1; }, 20'000));
            EXPECT_TRUE(suite.spool.messages.contains(large)); // the small ones are through before it
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }, 20'000));
            suite.settle();
            EXPECT_EQ(suite.remote.delivered.size(), 5020u);
            for (const auto& request : suite.remote.requests)
                EXPECT_LE(request.targets.size(), 100u);
        },
        [](Suite& suite) { suite.parameters.destination_concurrency = 2; });
}

// While the disk takes its time the host's connections do not stand idle; but no more waits for it than is spoken at once.
TEST(Fairness, WhatOnlyTheSpoolHoldsUpLeavesItsPlaceToTheNext)
{
    play(
        [](Suite& suite) {
            bool disk_stands = true;
            std::size_t recording = 0, most_recording = 0;
            suite.remote.recording = [&](const auto&) {
                most_recording = std::max(most_recording, ++recording);
                while (disk_stands)
                    event::sleep_for(Duration{5});
                --recording;
            };
            for (int i = 0; i < 20; ++i)
                suite.send("s@x.example", {"u" + std::to_string(i) + "@there.example"});
            ASSERT_TRUE(suite.wait_for([&] { return recording == 4; }));
            event::sleep_for(Duration{50});
            EXPECT_EQ(suite.remote.requests.size(), 4u);
            disk_stands = false;
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }, 20'000));
            suite.settle();
            EXPECT_EQ(most_recording, 4u);
            EXPECT_LE(suite.remote.most_running, 2u);
            EXPECT_EQ(suite.remote.delivered.size(), 20u);
        },
        [](Suite& suite) {
            suite.parameters.destination_concurrency = 2;
            suite.parameters.destination_concurrency_start = 2;
        });
}

// One place for everything, as behind a smarthost: neither its queue, nor what is parked behind that, nor what
// waits at the door keeps somebody else's message.
TEST(Fairness, AMailingDoesNotHoldBackAMessageOfSomebodyElseToTheSamePlace)
{
    play(
        [](Suite& suite) {
            suite.remote.before = [](const auto&) { event::sleep_for(Duration{1}); };
            for (int i = 0; i < 3000; ++i)
                suite.send("mailing@x.example", {"u" + std::to_string(i) + "@there.example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.remote.delivered.size() > 50; }, 20'000));
            const auto before = suite.remote.delivered.size();
            const auto fresh = suite.send("fresh@y.example", {"v@there.example"});
            ASSERT_TRUE(suite.wait_for(
                [&] { return suite.remote.delivered.contains(fresh + " v@there.example"); }, 20'000));
            EXPECT_LT(suite.remote.delivered.size() - before, 150u);
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }, 20'000));
            suite.settle();
        },
        [](Suite& suite) {
            suite.parameters.destination_backlog = suite.parameters.destination_backlog_free = 100;
            suite.parameters.queue_active_limit = 1000;
        });
}

// One sender writes to all its customers, and a new password to one of them.
TEST(Fairness, AMailingDoesNotHoldBackOtherMailOfItsSender)
{
    play(
        [](Suite& suite) {
            suite.remote.before = [](const auto&) { event::sleep_for(Duration{1}); };
            const auto as_bulk = [](mail::Envelope& envelope) { mail::add_note(envelope, mail::note_bulk, "1"); };
            for (int i = 0; i < 3000; ++i)
                suite.send("shop@x.example", {"u" + std::to_string(i) + "@there.example"}, as_bulk);
            ASSERT_TRUE(suite.wait_for([&] { return suite.remote.delivered.size() > 50; }, 20'000));
            const auto before = suite.remote.delivered.size();
            const auto fresh = suite.send("shop@x.example", {"v@there.example"});
            ASSERT_TRUE(suite.wait_for(
                [&] { return suite.remote.delivered.contains(fresh + " v@there.example"); }, 20'000));
            EXPECT_LT(suite.remote.delivered.size() - before, 150u);
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }, 20'000));
            suite.settle();
        },
        [](Suite& suite) { suite.parameters.queue_active_limit = 1000; });
}

// A queue run of an old backlog, and a new message of the same sender to the same place.
TEST(Fairness, NewMailDoesNotWaitBehindParkedMailThatWasTriedBefore)
{
    play(
        [](Suite& suite) {
            suite.remote.fate = [](const auto&, const auto&) { return test::deferred("451 later", "rcpt_4xx", 451); };
            for (int i = 0; i < 2000; ++i)
                suite.send("s@x.example", {"u" + std::to_string(i) + "@there.example"});
            suite.settle();
            suite.remote.fate = {};
            suite.remote.before = [](const auto&) { event::sleep_for(Duration{1}); };
            suite.run({.force = true, .wait = false});
            ASSERT_TRUE(suite.wait_for([&] { return suite.remote.delivered.size() > 50; }, 20'000));
            std::string last;
            for (int i = 0; i < 150; ++i) // beyond what may wait in line
                last = suite.send("s@x.example", {"v" + std::to_string(i) + "@there.example"});
            const auto before = suite.remote.delivered.size();
            ASSERT_TRUE(suite.wait_for([&] { return suite.remote.delivered.contains(last + " v149@there.example"); }, 20'000));
            EXPECT_LT(suite.remote.delivered.size() - before, 600u);
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }, 20'000));
            suite.settle();
        },
        [](Suite& suite) {
            suite.parameters.destination_backlog = suite.parameters.destination_backlog_free = 100;
            suite.parameters.queue_active_limit = 1000;
        });
}

TEST(Fairness, RemoteMaxParallelHoldsOneMessage)
{
    play(
        [](Suite& suite) {
            suite.remote.before = [](const auto&) { event::sleep_for(Duration{3}); };
            std::vector<std::string> many;
            for (int i = 0; i < 30; ++i)
                many.push_back("u@h" + std::to_string(i) + ".example");
            suite.send("s@x.example", many);
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
            suite.settle();
            EXPECT_EQ(suite.remote.most_running, 3u);
        },
        [](Suite& suite) { suite.parameters.remote_max_parallel = 3; });
}

TEST(Fairness, LocalDeliveriesOfAMessageComeFirst)
{
    play(
        [](Suite& suite) {
            bool local_ended = false;
            suite.launcher.before = [&](const auto&) {
                event::sleep_for(Duration{30});
                local_ended = true;
            };
            suite.remote.before = [&](const auto&) { EXPECT_TRUE(local_ended); };
            suite.send("s@x.example", {"u@there.example", "v@local.example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
            suite.settle();
        },
        [](Suite& suite) { suite.parameters.local_first = 10; });
}

TEST(Fairness, RemoteDeliveriesDoNotWaitForeverForLocalOnes)
{
    play(
        [](Suite& suite) {
            bool hangs = true;
            suite.launcher.before = [&](const auto&) {
                while (hangs)
                    event::sleep_for(Duration{2});
            };
            suite.send("s@x.example", {"u@there.example", "v@local.example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.launcher.running == 1; }));
            event::sleep_for(Duration{10});
            EXPECT_TRUE(suite.remote.requests.empty());
            suite.advance(11);
            EXPECT_TRUE(suite.wait_for([&] { return suite.remote.requests.size() == 1; }));
            hangs = false;
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
            suite.settle();
        },
        [](Suite& suite) { suite.parameters.local_first = 10; });
}

// "A million deferred messages stay under 1 GiB in total."
TEST(Index, ADeferredMessageCostsLittle)
{
    constexpr std::size_t messages = 200'000;
    const auto before = ::mallinfo2().uordblks;
    {
        Index index;
        char text[32];
        for (std::size_t i = 0; i < messages; ++i) {
            std::snprintf(text, sizeof text, "1%05zu-%06zu-00", i % 100'000, i);
            auto& entry = index[QueueId{text}];
            entry.reason = index.reasons.number("Connection refused");
        }
        EXPECT_EQ(index.size(), messages);
        const auto each = (::mallinfo2().uordblks - before) / messages;
        EXPECT_LE(each, 200u);
    }
}

TEST(Index, WordsAreKeptOnceAndBounded)
{
    Words words;
    EXPECT_EQ(words.number(""), 0);
    EXPECT_EQ(words.number("a"), words.number("a"));
    for (int i = 0; i < 10'000; ++i)
        words.number("word " + std::to_string(i));
    EXPECT_EQ(words.word(words.number("a")), "a");
    EXPECT_EQ(words.word(words.number("word 9999")), "");
}

}
}
