#include "qmgr/scheduler.h"

#include <gtest/gtest.h>

#include <map>
#include <queue>

namespace gp::qmgr {
namespace {

// Plays the agents: each delivery takes the time that its destination needs, on a clock that is moved by
// hand.
class Agents {
public:
    explicit Agents(const Scheduler::Limits& limits) : scheduler(limits, clock) {}

    struct Running {
        std::int64_t ends;
        Assignment assignment;
        bool operator>(const Running& other) const { return ends > other.ends; }
    };

    // Starts what can start.
    void start()
    {
        for (const Agent agent : {Agent::remote, Agent::local})
            while (auto assignment = scheduler.next(agent)) {
                ++started[assignment->message];
                order.push_back(assignment->message);
                running.push({now() + takes(assignment->message), *assignment});
            }
    }
    // Until nothing runs, or `until` is reached.
    void play(std::int64_t until)
    {
        for (start(); !running.empty() && running.top().ends <= until; start()) {
            const auto next = running.top();
            running.pop();
            clock.advance(std::chrono::seconds(next.ends - now()));
            ended[next.assignment.message] = now();
            const auto duration = takes(next.assignment.message);
            scheduler.ended(next.assignment, feedback(next.assignment.message), duration);
        }
    }
    std::int64_t now() const { return clock.seconds() - 1'700'000'000; }

    ManualClock clock;
    Scheduler scheduler;
    std::function<std::int64_t(std::uint64_t)> takes = [](std::uint64_t) { return 1; };
    std::function<Feedback(std::uint64_t)> feedback = [](std::uint64_t) { return Feedback::success; };
    std::map<std::uint64_t, std::size_t> started;
    std::map<std::uint64_t, std::int64_t> ended;
    std::vector<std::uint64_t> order;
    std::priority_queue<Running, std::vector<Running>, std::greater<>> running;
};

Work to(std::string destination, std::uint64_t message, std::size_t targets = 1, std::size_t part = 1)
{
    return {.message = message,
            .transport = "t",
            .destination = std::move(destination),
            .targets = targets,
            .part = part};
}

// When the last of a thousand messages to twenty quick destinations is through.
std::int64_t last_of_a_thousand(bool beside_a_slow_destination)
{
    Agents agents{{.remote = 50}};
    // The slow one is first in the queue, with a thousand messages of its own.
    for (std::uint64_t i = 0; i < 1000 && beside_a_slow_destination; ++i)
        agents.scheduler.add(to("slow", 10'000 + i));
    for (std::uint64_t i = 0; i < 1000; ++i)
        agents.scheduler.add(to("fast" + std::to_string(i % 20), i));
    agents.takes = [](std::uint64_t message) { return message >= 10'000 ? 300 : 1; };
    agents.play(299);
    std::size_t done = 0;
    std::int64_t last = 0;
    for (const auto& [message, when] : agents.ended) {
        if (message >= 10'000)
            continue;
        ++done;
        last = std::max(last, when);
    }
    EXPECT_EQ(done, 1000u);
    return last;
}

// After an outage: thousands of senders have something waiting, and somebody sends now.
TEST(Scheduler, ABacklogOfManySendersDoesNotDelayANewMessage)
{
    Agents agents{{}};
    for (std::uint64_t i = 1; i <= 2000; ++i) {
        auto old = to("there", i);
        old.owner = i;
        agents.scheduler.add(old);
    }
    agents.play(3);
    const auto before = agents.order.size();
    auto fresh = to("there", 9999);
    fresh.owner = 9999;
    fresh.is_first = true;
    agents.scheduler.add(fresh);
    agents.play(1000);
    const auto at = std::ranges::find(agents.order, 9999u) - agents.order.begin();
    EXPECT_LE(static_cast<std::size_t>(at), before + 2);
    EXPECT_EQ(agents.order.size(), 2001u);
}

// New mail has no end, and what is old still moves.
TEST(Scheduler, NewMessagesDoNotStarveABacklog)
{
    Agents agents{{}};
    for (std::uint64_t i = 0; i < 1000; ++i) {
        auto fresh = to("there", 10'000 + i);
        fresh.is_first = true;
        agents.scheduler.add(fresh);
    }
    agents.scheduler.add(to("there", 1));
    agents.play(1);
    EXPECT_LE(std::ranges::find(agents.order, 1u) - agents.order.begin(), 2);
}

TEST(Scheduler, ABacklogLeavesPlacesForNewMessages)
{
    Agents agents{{}};
    for (std::uint64_t i = 1; i <= 20; ++i) {
        auto old = to("there", i);
        old.owner = i;
        agents.scheduler.add(old);
    }
    EXPECT_FALSE(agents.scheduler.has_place("there", 99, false, 10));
    EXPECT_TRUE(agents.scheduler.has_place("there", 99, true, 10));
}

TEST(Scheduler, ASlowDestinationDoesNotDelayAThousandFastMessages)
{
    const auto alone = last_of_a_thousand(false);
    const auto beside = last_of_a_thousand(true);
    EXPECT_LE(alone, 30);
    EXPECT_LE(beside, alone * 5 / 4); // it holds its window of five of fifty slots, and nothing else
}

TEST(Scheduler, ManySlowDestinationsLeaveAQuarterOfTheSlots)
{
    Agents agents{{.remote = 100}};
    for (std::uint64_t i = 0; i < 2000; ++i)
        agents.scheduler.add(to("slow" + std::to_string(i % 10), 10'000 + i));
    agents.takes = [](std::uint64_t message) { return message >= 10'000 ? 300 : 1; };
    agents.play(200); // the slow ones have taken what they get
    EXPECT_LE(agents.scheduler.in_flight(Agent::remote), 76u);
    for (std::uint64_t i = 0; i < 500; ++i)
        agents.scheduler.add(to("fast" + std::to_string(i % 50), i));
    agents.play(299);
    std::size_t done = 0;
    for (const auto& [message, when] : agents.ended)
        done += message < 10'000;
    EXPECT_EQ(done, 500u);
}

TEST(Scheduler, DestinationsInTroubleMakeProgressAllTheSame)
{
    Agents agents{{.remote = 8}};
    for (std::uint64_t i = 0; i < 20; ++i)
        agents.scheduler.add(to("troubled", 10'000 + i));
    for (std::uint64_t i = 0; i < 20'000; ++i)
        agents.scheduler.add(to("good" + std::to_string(i % 100), i));
    agents.feedback = [](std::uint64_t message) {
        return message >= 10'000 ? Feedback::trouble : Feedback::success;
    };
    agents.play(500);
    std::size_t done = 0;
    for (const auto& [message, when] : agents.ended)
        done += message >= 10'000;
    EXPECT_EQ(done, 20u);
}

TEST(Scheduler, AMessageWithThousandsOfRecipientsTakesTurnsWithSmallOnes)
{
    Agents agents{{.remote = 4, .remote_destination = {.ceiling = 2, .start = 2}}};
    agents.scheduler.add(to("host", 1, 5000, 100)); // fifty deliveries
    for (std::uint64_t i = 0; i < 40; ++i)
        agents.scheduler.add(to("host", 100 + i));
    agents.play(1000);
    std::int64_t last_small = 0;
    for (const auto& [message, when] : agents.ended)
        if (message != 1)
            last_small = std::max(last_small, when);
    EXPECT_EQ(agents.started[1], 50u);
    EXPECT_LE(last_small, 42 / 2 + 1); // not behind fifty deliveries of the large one
    EXPECT_GT(agents.ended[1], last_small);
}

TEST(Scheduler, APartHasAtMostMaxRcptRecipientsInOrder)
{
    ManualClock clock;
    Scheduler scheduler{{}, clock};
    scheduler.add(to("host", 1, 250, 100));
    std::vector<std::pair<std::size_t, std::size_t>> parts;
    while (auto assignment = scheduler.next(Agent::remote)) {
        parts.emplace_back(assignment->first, assignment->count);
        EXPECT_EQ(scheduler.ended(*assignment, Feedback::success, 1), parts.size() == 3);
    }
    const std::vector<std::pair<std::size_t, std::size_t>> wanted = {{0, 100}, {100, 100}, {200, 50}};
    EXPECT_EQ(parts, wanted);
}

TEST(Scheduler, WhatHasBeenSpokenLeavesItsPlaceUpToAWindowOfItsOwn)
{
    ManualClock clock;
    Scheduler scheduler{{.remote_destination = {.ceiling = 2, .start = 2}}, clock};
    for (std::uint64_t message = 1; message <= 6; ++message)
        scheduler.add(to("host", message));
    std::vector<Assignment> under_way;
    const auto starts = [&] {
        const auto next = scheduler.next(Agent::remote);
        if (next)
            under_way.push_back(*next);
        return next.has_value();
    };
    ASSERT_TRUE(starts() && starts());
    EXPECT_FALSE(starts());
    scheduler.spoken(under_way[0]);
    EXPECT_TRUE(starts());
    EXPECT_FALSE(starts());
    scheduler.spoken(under_way[1]);
    scheduler.spoken(under_way[2]);
    EXPECT_TRUE(starts());
    EXPECT_FALSE(starts()); // four are in flight
    EXPECT_TRUE(scheduler.ended(under_way[0], Feedback::success, 1));
    EXPECT_TRUE(starts());
    EXPECT_TRUE(scheduler.ended(under_way[1], Feedback::success, 1));
    EXPECT_FALSE(starts()); // two are being spoken
    EXPECT_EQ(scheduler.find("host")->spoken(), 1);
    EXPECT_TRUE(scheduler.ended(under_way[2], Feedback::success, 1));
    EXPECT_TRUE(scheduler.ended(under_way[3], Feedback::trouble, 1)); // without having been spoken
    EXPECT_EQ(scheduler.find("host")->spoken(), 0);
    EXPECT_EQ(scheduler.find("host")->in_flight(), 1);
}

TEST(Scheduler, AJobsOwnLimitHoldsIt)
{
    ManualClock clock;
    Scheduler scheduler{{}, clock};
    auto work = to("host", 1, 10, 1);
    work.parallel = 2;
    scheduler.add(work);
    const auto first = scheduler.next(Agent::remote);
    const auto second = scheduler.next(Agent::remote);
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(scheduler.next(Agent::remote));
    scheduler.ended(*first, Feedback::success, 1);
    EXPECT_TRUE(scheduler.next(Agent::remote));
    EXPECT_FALSE(scheduler.next(Agent::remote));
}

TEST(Scheduler, TransportsMaxParallelHoldsAllItsDestinations)
{
    Agents agents{{.remote = 100}};
    for (std::uint64_t i = 0; i < 60; ++i) {
        auto work = to("host" + std::to_string(i % 6), i);
        work.transport_limit = 3;
        agents.scheduler.add(work);
    }
    auto other = to("elsewhere", 1000);
    other.transport = "other";
    agents.scheduler.add(other);
    agents.start();
    EXPECT_EQ(agents.scheduler.in_flight(Agent::remote), 4u);
    agents.play(1000);
    EXPECT_EQ(agents.ended.size(), 61u); // and nobody is forgotten in the line
    EXPECT_LE(agents.ended.rbegin()->second, 21);
}

TEST(Scheduler, CancelTakesBackWhatHasNotStarted)
{
    ManualClock clock;
    Scheduler scheduler{{}, clock};
    const auto job = scheduler.add(to("host", 1, 10, 4));
    const auto started = scheduler.next(Agent::remote);
    ASSERT_TRUE(started);
    EXPECT_EQ(scheduler.cancel(job), 6u);
    EXPECT_FALSE(scheduler.next(Agent::remote));
    EXPECT_TRUE(scheduler.ended(*started, Feedback::neutral, 1));
    EXPECT_EQ(scheduler.jobs(), 0u);
    const auto idle = scheduler.add(to("host", 2, 3, 1));
    EXPECT_EQ(scheduler.cancel(idle), 3u);
    EXPECT_EQ(scheduler.jobs(), 0u);
}

TEST(Scheduler, LocalDeliveriesToOneMailboxAreFew)
{
    ManualClock clock;
    Scheduler scheduler{{.local = 10}, clock};
    for (std::uint64_t i = 0; i < 5; ++i) {
        auto work = to("mailbox", i);
        work.agent = Agent::local;
        scheduler.add(work);
    }
    EXPECT_FALSE(scheduler.next(Agent::remote));
    EXPECT_TRUE(scheduler.next(Agent::local));
    EXPECT_TRUE(scheduler.next(Agent::local));
    EXPECT_FALSE(scheduler.next(Agent::local));
}

TEST(Scheduler, ForgetsDestinationsThatAreIdleForLong)
{
    Agents agents{{.memory = 600}};
    for (std::uint64_t i = 0; i < 100; ++i)
        agents.scheduler.add(to("host" + std::to_string(i), i));
    agents.play(10);
    EXPECT_EQ(agents.scheduler.destinations(), 100u);
    agents.scheduler.forget_idle();
    EXPECT_EQ(agents.scheduler.destinations(), 100u);
    agents.clock.advance(std::chrono::seconds(700));
    agents.scheduler.add(to("host5", 1000));
    agents.scheduler.forget_idle();
    EXPECT_EQ(agents.scheduler.destinations(), 1u);
    agents.play(10'000);
    EXPECT_TRUE(agents.ended.contains(1000));
}

TEST(Destination, WindowOpensWithSuccessAndClosesWithTrouble)
{
    Destination destination{"host", Agent::remote, {.ceiling = 20, .start = 5}};
    const auto end = [&](Feedback feedback) {
        destination.started();
        destination.ended(feedback, false, 1);
    };
    EXPECT_EQ(destination.window(), 5);
    end(Feedback::success);
    EXPECT_EQ(destination.window(), 6); // until there is trouble
    for (int i = 0; i < 1000; ++i)
        end(Feedback::success);
    EXPECT_EQ(destination.window(), 20);
    end(Feedback::trouble);
    EXPECT_EQ(destination.window(), 10);
    EXPECT_TRUE(destination.is_suspect());
    for (int i = 0; i < 20; ++i)
        end(Feedback::trouble);
    EXPECT_EQ(destination.window(), 1);
    end(Feedback::neutral);
    EXPECT_EQ(destination.window(), 1);
    end(Feedback::success);
    EXPECT_EQ(destination.window(), 2);
    EXPECT_FALSE(destination.is_suspect());
    end(Feedback::success);
    end(Feedback::success);
    EXPECT_NEAR(destination.window(), 3, 0.2); // one more for a window's worth
}

TEST(Destination, WindowIsNeverExceeded)
{
    Agents agents{{.remote = 1000, .remote_destination = {.ceiling = 7, .start = 3}}};
    for (std::uint64_t i = 0; i < 500; ++i)
        agents.scheduler.add(to("host", i));
    std::size_t most = 0;
    for (int step = 0; step < 300 && agents.ended.size() < 500; ++step) {
        agents.start();
        most = std::max(most, agents.scheduler.find("host")->in_flight());
        EXPECT_LE(static_cast<double>(agents.scheduler.find("host")->in_flight()),
                  agents.scheduler.find("host")->window());
        agents.play(agents.now() + 1);
    }
    EXPECT_EQ(agents.ended.size(), 500u);
    EXPECT_EQ(most, 7u);
}

TEST(Scheduler, DestinationsThatShareAMeterTakeTurns)
{
    ManualClock clock;
    Scheduler scheduler{{}, clock};
    const auto meter = std::make_shared<Meter>(Meter::Bounds{.at_once = 1});
    for (std::uint64_t message = 0; message < 12; ++message) {
        auto work = to(message % 4 == 3 ? "small" : "large", message);
        work.meters.push_back(meter);
        scheduler.add(work);
    }
    std::vector<bool> is_small;
    while (const auto next = scheduler.next(Agent::remote)) { // and no second passes
        EXPECT_FALSE(scheduler.next(Agent::remote));
        is_small.push_back(next->message % 4 == 3);
        scheduler.ended(*next, Feedback::success, 1);
    }
    EXPECT_EQ(is_small.size(), 12u) << "a place that is free is used at once";
    EXPECT_EQ(std::count(is_small.begin(), is_small.begin() + 6, true), 3);
}

TEST(Scheduler, WhatWasNotCarriedCountsForNoMeter)
{
    ManualClock clock;
    Scheduler scheduler{{}, clock};
    const auto meter = std::make_shared<Meter>(Meter::Bounds{.messages = 1});
    for (std::uint64_t message = 1; message <= 3; ++message) {
        auto work = to("there", message);
        work.meters.push_back(meter);
        scheduler.add(work);
    }
    EXPECT_EQ(meter->jobs(false), 3u);
    for (int i = 0; i < 2; ++i) {
        const auto next = scheduler.next(Agent::remote);
        ASSERT_TRUE(next);
        scheduler.ended(*next, Feedback::untried, 0);
    }
    EXPECT_EQ(meter->jobs(false), 1u);
    const auto last = scheduler.next(Agent::remote);
    ASSERT_TRUE(last);
    scheduler.ended(*last, Feedback::neutral, 0);
    EXPECT_FALSE(meter->has_room(clock.seconds()));
    EXPECT_EQ(meter->jobs(false), 0u);
}

TEST(Scheduler, AMetersEndFreesTheTransportForOthers)
{
    ManualClock clock;
    Scheduler scheduler{{}, clock};
    const auto meter = std::make_shared<Meter>(Meter::Bounds{.messages = 1});
    const auto add = [&](const char* where, std::uint64_t message, bool is_paced, const char* transport) {
        auto work = to(where, message);
        work.transport = transport;
        work.transport_limit = 1;
        if (is_paced)
            work.meters.push_back(meter);
        scheduler.add(work);
    };
    add("zero", 1, false, "t");
    const auto zero = scheduler.next(Agent::remote);
    add("paced", 2, true, "t");
    add("free", 3, false, "t");
    EXPECT_FALSE(scheduler.next(Agent::remote));
    scheduler.ended(*zero, Feedback::success, 1); // its place goes to "paced",
    meter->started();
    meter->ended(true, clock.seconds()); // which loses its other one before it begins
    auto next = scheduler.next(Agent::remote);
    if (!next) {
        scheduler.tick();
        next = scheduler.next(Agent::remote);
    }
    ASSERT_TRUE(next);
    EXPECT_EQ(next->message, 3u);
}

TEST(Scheduler, WhatAMeterHoldsTakesNoPlaceOfItsTransport)
{
    ManualClock clock;
    Scheduler scheduler{{}, clock};
    const auto add = [&](const char* where, std::uint64_t message, std::shared_ptr<Meter> meter = {}) {
        auto work = to(where, message);
        work.transport_limit = 1;
        if (meter)
            work.meters.push_back(std::move(meter));
        scheduler.add(work);
    };
    const auto meter = std::make_shared<Meter>(Meter::Bounds{.at_once = 1});
    add("first", 1);
    const auto first = scheduler.next(Agent::remote);
    ASSERT_TRUE(first);
    add("paced", 2, meter);
    add("free", 3);
    EXPECT_FALSE(scheduler.next(Agent::remote)) << "the transport is full: it holds both";
    meter->started(); // somebody else's delivery to the same host
    scheduler.ended(*first, Feedback::success, 1);
    const auto next = scheduler.next(Agent::remote);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->message, 3u);
    scheduler.ended(*next, Feedback::success, 1);
    EXPECT_FALSE(scheduler.next(Agent::remote));
    meter->ended(true, clock.seconds());
    scheduler.tick();
    ASSERT_TRUE(scheduler.next(Agent::remote));
}

}
}
