#include "qmgr/meter.h"

#include <gtest/gtest.h>

#include "qmgr/excess.h"
#include "qmgr/paces.h"

namespace gp::qmgr {
namespace {

// How many begin at this second, each ending at once.
unsigned fill(Meter& meter, std::int64_t now, unsigned most = 1000)
{
    unsigned begun = 0;
    for (; begun < most && meter.has_room(now); ++begun) {
        meter.started();
        meter.ended(true, now);
    }
    return begun;
}

TEST(Meter, WhatHasBeenSpokenIsNoConnectionAndStillAMessage)
{
    Meter meter{{.at_once = 2, .messages = 3}};
    meter.started();
    meter.started();
    EXPECT_FALSE(meter.has_room(100));
    meter.spoke();
    EXPECT_EQ(meter.connections(), 1u);
    EXPECT_TRUE(meter.has_room(100));
    meter.started();
    meter.spoke();
    EXPECT_FALSE(meter.has_room(100)); // three messages have begun
    meter.ended(true, 100, true);
    meter.not_begun(true);
    EXPECT_EQ(meter.connections(), 1u);
    EXPECT_TRUE(meter.has_room(100));
    meter.ended(true, 100);
    EXPECT_EQ(meter.in_flight(), 0u);
    EXPECT_EQ(meter.connections(), 0u);
}

TEST(Meter, OneConnectionTooManyIsLearnedFromThoseThatAreOpen)
{
    Meter meter{{}};
    for (int i = 0; i < 5; ++i)
        meter.started();
    meter.spoke();
    meter.spoke();
    meter.refused_connection(100);
    EXPECT_EQ(meter.at_once(100), 2u);
}

TEST(Meter, LetsNoMoreBeginAtOnceThanItsBound)
{
    Meter meter{{.at_once = 2}};
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(meter.has_room(100));
        meter.started();
    }
    EXPECT_FALSE(meter.has_room(100));
    meter.ended(false, 100);
    EXPECT_TRUE(meter.has_room(100));
}

TEST(Meter, LetsNoMoreBeginInATimeWhereverItBegins)
{
    for (const std::int64_t span : {1, 2, 59, 60, 61, 90, 3600, 86'400}) {
        Meter meter{{.messages = 60, .seconds = span}};
        std::vector<std::int64_t> times;
        for (std::int64_t now = 1'000'000; times.size() < 300; now += std::max<std::int64_t>(1, span / 7))
            for (auto n = fill(meter, now); n > 0; --n)
                times.push_back(now);
        for (std::size_t i = 60; i < times.size(); ++i)
            ASSERT_GT(times[i] - times[i - 60], span) << span;
        EXPECT_LE(times.back() - times.front(), 5 * (span + span / 7 + span / 60 + 3)) << span; // and little less
    }
}

TEST(Meter, CountsADeliveryFromItsStartUntilItsTimeHasPassedSinceItsEnd)
{
    Meter meter{{.messages = 1, .seconds = 10}};
    meter.started();
    EXPECT_FALSE(meter.has_room(1'000));
    meter.ended(true, 1'000);
    EXPECT_FALSE(meter.has_room(1'010));
    EXPECT_TRUE(meter.has_room(1'011));
}

TEST(Meter, LearnsHowManyConnectionsAHostBears)
{
    Meter meter{{.memory = 600}};
    for (int i = 0; i < 5; ++i)
        meter.started();
    for (int i = 0; i < 3; ++i) { // two are taken
        meter.refused_connection(100);
        meter.ended(false, 100);
    }
    EXPECT_EQ(meter.at_once(100), 2u);
    EXPECT_FALSE(meter.has_room(100));
    meter.ended(true, 101);
    EXPECT_TRUE(meter.has_room(101));
    EXPECT_EQ(meter.at_once(700), 0u) << "it is forgotten";
}

TEST(Meter, LearnsHowManyMessagesAHostTakesInATime)
{
    Meter meter{{.interval = 60, .memory = 600}};
    EXPECT_EQ(fill(meter, 100, 30), 30u);
    meter.started();
    meter.refused_message(101);
    meter.ended(false, 101);
    EXPECT_EQ(meter.messages_in_interval(101), 30u);
    EXPECT_EQ(fill(meter, 101), 0u);
    EXPECT_EQ(fill(meter, 163), 30u);
    EXPECT_TRUE(meter.is_bounded(163));
    EXPECT_FALSE(meter.is_forgettable(163));
    EXPECT_TRUE(meter.is_forgettable(800));
}

TEST(Meter, LearnsNothingWhereNothingIsToBeLearned)
{
    Meter meter{{.memory = 0}};
    meter.started();
    meter.refused_connection(100);
    meter.refused_message(100);
    EXPECT_FALSE(meter.is_bounded(100));
}

TEST(Meter, RemembersASixthOfTheTimeWhatWasNotSaid)
{
    Meter meter{{.interval = 60, .memory = 600}};
    EXPECT_EQ(fill(meter, 100, 50), 50u);
    meter.refused_message(100, false);
    EXPECT_EQ(meter.messages_in_interval(199), 50u);
    EXPECT_EQ(meter.messages_in_interval(200), 0u);
    meter.refused_connection(300);
    EXPECT_EQ(meter.messages_in_interval(300), 0u) << "what is learned of connections says nothing of messages";
    EXPECT_EQ(meter.at_once(899), 1u);
}

TEST(Meter, CountsOnWithOtherBounds)
{
    Meter meter{{.messages = 10, .seconds = 60}};
    EXPECT_EQ(fill(meter, 100, 8), 8u);
    meter.change({.messages = 9, .seconds = 600}, 110);
    EXPECT_EQ(fill(meter, 110), 1u);
    EXPECT_EQ(fill(meter, 710), 0u);
    EXPECT_EQ(fill(meter, 721), 9u);
}

TEST(Meter, ForgetsNothingAndWaitsNoLongerWhenTheClockIsSetBack)
{
    Meter meter{{.messages = 10, .seconds = 60}};
    EXPECT_EQ(fill(meter, 100'000, 8), 8u);
    EXPECT_EQ(fill(meter, 1'000), 2u);
    EXPECT_EQ(fill(meter, 1'060), 0u);
    EXPECT_EQ(fill(meter, 1'061), 10u);
}

struct Words {
    const char* text;
    Excess::Of of;
    bool is_said;
};
class ExcessWords : public testing::TestWithParam<Words> {};

TEST_P(ExcessWords, AreUnderstood)
{
    const auto excess = excess_in(GetParam().text);
    EXPECT_EQ(excess.of, GetParam().of) << GetParam().text;
    EXPECT_EQ(excess.is_said, GetParam().is_said) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Replies, ExcessWords,
    testing::Values(
        Words{"SMTP error from remote mail server after initial connection: 421 4.7.0 mx Error: too many connections from 192.0.2.1", Excess::Of::connections, true},
        Words{"SMTP error from remote mail server after initial connection: 421 service not available", Excess::Of::connections, false},
        Words{"SMTP error from remote mail server after EHLO mx: 421 closing", Excess::Of::connections, false},
        Words{"SMTP error from remote mail server after MAIL FROM:<a@b.example>: 450 4.7.1 Error: too much mail from 192.0.2.1", Excess::Of::messages, true},
        Words{"SMTP error from remote mail server after pipelined MAIL FROM:<a@b> SIZE=4: 451 rate limited", Excess::Of::messages, true},
        Words{"SMTP error from remote mail server after MAIL FROM:<a@b>: 421 Too many concurrent SMTP connections", Excess::Of::connections, true},
        Words{"SMTP error from remote mail server after MAIL FROM:<a@b>: 451 come again", Excess::Of::messages, false},
        Words{"SMTP error from remote mail server after RCPT TO:<a@b>: 450 4.2.0 Greylisted", Excess::Of::nothing, false},
        Words{"SMTP error from remote mail server after RCPT TO:<a@b>: 452 too many recipients", Excess::Of::nothing, false},
        Words{"SMTP error from remote mail server after RCPT TO:<a@b>: 450 4.7.1 messages are sent too quickly", Excess::Of::messages, true},
        Words{"SMTP error from remote mail server after end of data: 452 mailbox quota exceeds limit", Excess::Of::nothing, false},
        Words{"SMTP error from remote mail server after MAIL FROM:<a@b>: 550 too much mail", Excess::Of::nothing, false},
        Words{"SMTP error from remote mail server after MAIL FROM:<x: 4>: ", Excess::Of::nothing, false},
        Words{"SMTP error from remote mail server after MAIL FROM:<a@b>: 451 an accurate report was generated, size limit", Excess::Of::messages, false},
        Words{"SMTP error from remote mail server after MAIL FROM:<a@b> SIZE=9: 452 4.3.1 message size exceeds the limit, too much", Excess::Of::messages, false},
        Words{"SMTP error from remote mail server after RCPT TO:<a@b>: 421 4.7.0 mx Error: too many errors", Excess::Of::messages, false},
        Words{"SMTP error from remote mail server after initial connection: 451 4.7.652 The mail server has exceeded the maximum number of connections", Excess::Of::connections, true},
        Words{"SMTP error from remote mail server after MAIL FROM:<x@y>: 450 4.1.8 <too.many.connections@x.example>: no such domain", Excess::Of::messages, false},
        Words{"SMTP error from remote mail server after RCPT TO:<\": 450 too many connections\"@x>: 450 4.2.0 Greylisted", Excess::Of::nothing, false},
        Words{"Connection refused", Excess::Of::nothing, false}, Words{"", Excess::Of::nothing, false}));

TEST(Paces, GiveEachHostItsRuleAndNetworksToo)
{
    ManualClock clock;
    Parameters parameters;
    parameters.host_connections = {"mx.example=3", "192.0.2.0/24=4", "*.big.example=5"};
    Paces paces{parameters, clock};
    const auto at_once = [&](const std::string& name, const std::string& address) {
        router::Delivery delivery;
        delivery.hosts.push_back({.name = name});
        delivery.hosts.back().addresses.push_back(address);
        const auto meters = paces.meters_for(delivery, {&delivery.hosts[0]}, "a@b");
        EXPECT_EQ(meters.size(), 1u);
        return meters[0]->at_once(0);
    };
    EXPECT_EQ(at_once("MX.example", "198.51.100.1"), 3u);
    EXPECT_EQ(at_once("other.example", "192.0.2.9"), 4u);
    EXPECT_EQ(at_once("a.big.example", "198.51.100.2"), 5u);
    EXPECT_EQ(at_once("small.example", "198.51.100.3"), 0u);
    EXPECT_EQ(paces.size(), 4u);
    paces.forget_idle();
    EXPECT_EQ(paces.size(), 0u);
}

TEST(Paces, GiveOtherRulesToWhatWaitsAlready)
{
    ManualClock clock;
    Paces paces{Parameters{}, clock};
    router::Delivery delivery;
    delivery.hosts.push_back({.name = "mx.example"});
    delivery.hosts.back().addresses.push_back("192.0.2.1");
    const auto meters = paces.meters_for(delivery, {&delivery.hosts[0]}, "a@b");
    meters.at(0)->started();
    Parameters other;
    other.host_connections = {"192.0.2.0/24=1"};
    paces.change(other);
    EXPECT_FALSE(meters.at(0)->has_room(clock.seconds()));
    EXPECT_EQ(paces.meters_for(delivery, {&delivery.hosts[0]}, "a@b"), meters);
    paces.change(Parameters{});
    EXPECT_TRUE(meters.at(0)->has_room(clock.seconds()));
}

TEST(Paces, CountADeliveryAtTheHostWhereItWent)
{
    ManualClock clock;
    Parameters parameters;
    parameters.host_message_rate = {"second.example=2/1m"};
    Paces paces{parameters, clock};
    router::Delivery delivery;
    for (const char* name : {"first.example", "second.example"})
        delivery.hosts.push_back({.name = name});
    const auto meters = paces.meters_for(delivery, {&delivery.hosts[0]}, "a@b");
    EXPECT_EQ(meters.size(), 1u);
    EXPECT_FALSE(paces.is_bounded(delivery, delivery.hosts[0]));
    EXPECT_TRUE(paces.is_bounded(delivery, delivery.hosts[1]));
    const auto second = paces.meters_for(delivery, {&delivery.hosts[1]}, "a@b").at(0);
    paces.charge(meters, "first.example", "192.0.2.1", 25);
    paces.charge(meters, "second.example", "192.0.2.2", 25);
    EXPECT_TRUE(second->has_room(clock.seconds()));
    paces.charge(meters, "second.example", "192.0.2.2", 25);
    EXPECT_FALSE(second->has_room(clock.seconds()));
}

TEST(Paces, LeaveAHostThatGoesDownMoreThanOneConnection)
{
    ManualClock clock;
    Paces paces{Parameters{}, clock};
    router::Delivery delivery;
    delivery.hosts.push_back({.name = "mx.example"});
    delivery.hosts.back().port = 25;
    const auto meter = paces.meters_for(delivery, {&delivery.hosts[0]}, "a@b").at(0);
    for (int i = 0; i < 20; ++i)
        meter->started();
    meter->ended(true, clock.seconds());
    int blamed = 0;
    for (int i = 0; i < 19; ++i) {
        blamed += paces.takes_blame({.name = "mx.example", .address = "192.0.2.1", .port = 25,
                                     .text = "SMTP error from remote mail server after initial connection: 421 going down"});
        meter->ended(false, clock.seconds());
    }
    EXPECT_EQ(blamed, 1) << "the others are the host's trouble, with its retry time";
    EXPECT_EQ(meter->at_once(clock.seconds()), 18u);
}

TEST(Paces, BelieveARefusalWithoutWordsOnlyAfterManyThatWereTaken)
{
    ManualClock clock;
    Paces paces{Parameters{}, clock};
    router::Delivery delivery;
    delivery.hosts.push_back({.name = "mx.example"});
    const auto meter = paces.meters_for(delivery, {&delivery.hosts[0]}, "a@b").at(0);
    const auto refuse = [&] {
        return paces.takes_blame({.name = "mx.example", .address = "192.0.2.1", .port = 25,
                                  .text = "SMTP error from remote mail server after MAIL FROM:<a@b>: 451 come again"});
    };
    for (int i = 0; i < 49; ++i)
        meter->started(), meter->ended(true, clock.seconds());
    EXPECT_FALSE(refuse());
    meter->started();
    meter->ended(true, clock.seconds());
    EXPECT_TRUE(refuse());
    EXPECT_EQ(meter->messages_in_interval(clock.seconds()), 50u);
    EXPECT_FALSE(refuse()) << "it has a bound already, and this is something else";
}

TEST(Paces, HaveABoundOfTheirOwn)
{
    ManualClock clock;
    Parameters parameters;
    parameters.pace_entries_max = 3;
    parameters.sender_message_rate = {"*@lists.example=2/1h"};
    Paces paces{parameters, clock};
    const router::Delivery delivery;
    std::vector<Paces::Meters> kept;
    for (const char* name : {"a", "b", "c", "d", "e", "d"})
        kept.push_back(paces.meters_for(delivery, {}, name + std::string("@lists.example")));
    EXPECT_NE(kept[0], kept[1]);
    EXPECT_EQ(kept[3], kept[4]) << "who varies the name has the rule's own pace";
    EXPECT_LE(paces.size(), 4u);
    router::Delivery other;
    other.hosts.push_back({.name = "mx.example"});
    EXPECT_EQ(paces.meters_for(other, {&other.hosts[0]}, "").size(), 1u);
    EXPECT_LE(paces.size(), 4u);
    kept.clear();
    clock.advance(std::chrono::seconds{11}); // it is not looked for each time
    paces.meters_for(delivery, {}, "f@lists.example");
    EXPECT_EQ(paces.size(), 1u) << "those that tell nothing are forgotten first";
}

TEST(Paces, LetMoreWaitOutside)
{
    ManualClock clock;
    Parameters parameters;
    parameters.sender_message_rate = {"*@lists.example=6/1m"};
    Paces paces{parameters, clock};
    router::Delivery delivery;
    delivery.hosts.push_back({.name = "mx.example"});
    const auto meters = paces.meters_for(delivery, {&delivery.hosts[0]}, "a@lists.example");
    ASSERT_EQ(meters.size(), 2u);
    for (const auto& meter : meters)
        for (const Owner owner : {1, 1, 2})
            meter->joined(owner, true);
    EXPECT_EQ(paces.crowded(meters, 1, true, 4), nullptr);
    EXPECT_EQ(paces.crowded(meters, 1, true, 3), meters[1]) << "a host without a bound is no reason";
    EXPECT_EQ(paces.crowded(meters, 3, true, 3), nullptr) << "who has nothing there has a place yet";
    EXPECT_EQ(paces.crowded(meters, 1, false, 3), nullptr) << "what was tried before has places of its own";
    meters[1]->joined(4, true);
    meters[1]->joined(5, true);
    meters[1]->joined(6, true);
    EXPECT_EQ(paces.crowded(meters, 3, true, 3), meters[1]) << "but not without end";
    for (const Owner owner : {1, 1, 2, 4})
        meters[1]->left(owner, true);
    EXPECT_EQ(paces.crowded(meters, 1, true, 3), nullptr);
    EXPECT_EQ(meters[1]->jobs(true), 2u);
}

TEST(Paces, AreSpentWhenTheMessagesOfATimeHaveBegun)
{
    ManualClock clock;
    Parameters parameters;
    parameters.host_connections = {"mx.example=1"};
    parameters.host_message_rate = {"mx.example=2/1m"};
    Paces paces{parameters, clock};
    router::Delivery delivery;
    delivery.hosts.push_back({.name = "mx.example"});
    const auto meters = paces.meters_for(delivery, {&delivery.hosts[0]}, "a@b");
    meters[0]->started();
    EXPECT_FALSE(meters[0]->has_room(clock.seconds()));
    EXPECT_FALSE(paces.is_spent(meters)) << "a connection that is busy is free soon";
    meters[0]->ended(true, clock.seconds());
    meters[0]->started();
    EXPECT_TRUE(paces.is_spent(meters));
    clock.advance(std::chrono::seconds{62});
    EXPECT_FALSE(paces.is_spent(meters));
}

TEST(Paces, LeaveAHostThatRefusesItsOnlyConnectionToTheRetryRules)
{
    ManualClock clock;
    Paces paces{Parameters{}, clock};
    router::Delivery delivery;
    delivery.hosts.push_back({.name = "mx.example"});
    const auto meter = paces.meters_for(delivery, {&delivery.hosts[0]}, "a@b").at(0);
    meter->started();
    EXPECT_FALSE(paces.takes_blame({.name = "mx.example", .address = "192.0.2.1", .port = 25,
                                    .text = "SMTP error from remote mail server after initial connection: 421 too many connections"}));
}

}
}
