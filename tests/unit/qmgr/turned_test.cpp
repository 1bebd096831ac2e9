#include "qmgr/turned.h"

#include <gtest/gtest.h>

namespace gp::qmgr {
namespace {

Turned link(event::Deadline until = event::Deadline::never())
{
    mail::Origin client;
    client.host_address = "192.0.2.7";
    client.host_port = 4000;
    return Turned{{"a.example", "b.example"}, client, until, nullptr};
}

mail::Envelope message(std::vector<std::pair<std::string, bool>> recipients)
{
    mail::Envelope envelope;
    for (const auto& [address, done] : recipients) {
        envelope.recipients.emplace_back().address = address;
        envelope.recipients.back().done = done;
    }
    return envelope;
}

TEST(Turned, IsForTheMailOfItsDomainsThatIsLeft)
{
    const auto turned = link();
    EXPECT_TRUE(turned.wants("A.Example"));
    EXPECT_FALSE(turned.wants("x.a.example"));
    EXPECT_TRUE(turned.wants(message({{"u@other.example", false}, {"u@b.example", false}})));
    EXPECT_FALSE(turned.wants(message({{"u@other.example", false}, {"u@b.example", true}})));
    EXPECT_FALSE(turned.wants(message({{"a.example", false}})));
}

TEST(Turned, TakesTheDeliveryFromWhateverHostItHad)
{
    router::Delivery delivery;
    delivery.hosts = {{.name = "mx.example", .addresses = {"198.51.100.1"}}};
    delivery.fallback_hosts = delivery.hosts;
    link().redirect(delivery);
    ASSERT_EQ(delivery.hosts.size(), 1u);
    EXPECT_EQ(delivery.hosts[0].addresses, std::vector<std::string>{"192.0.2.7"});
    EXPECT_EQ(delivery.hosts[0].port, 4000u);
    EXPECT_TRUE(delivery.fallback_hosts.empty());
    const auto shown = link().variables();
    ASSERT_EQ(shown.size(), 2u);
    EXPECT_EQ(shown[0].value, "[192.0.2.7]:4000");
    EXPECT_EQ(shown[1].value, "P");
}

// What comes too late is put off, and nobody is to blame.
TEST(Turned, PutsOffWhatItDoesNotCarry)
{
    auto turned = link(event::Deadline::in(Duration{0}));
    EXPECT_TRUE(turned.is_over());
    delivery::Deliver request;
    request.targets.resize(2);
    const auto reply = turned.deliver(request, event::Deadline::never());
    ASSERT_TRUE(reply);
    ASSERT_EQ(reply->outcomes.size(), 2u);
    for (const auto& outcome : reply->outcomes) {
        EXPECT_EQ(outcome.fate, delivery::Fate::deferred);
        EXPECT_TRUE(outcome.is_setup);
    }
    EXPECT_TRUE(reply->host_failures.empty());
}

}
}
