#include "qmgr/serial_hosts.h"

#include <gtest/gtest.h>

namespace gp::qmgr {
namespace {

using Strings = std::vector<std::string>;

delivery::Deliver to(const Strings& addresses, const std::string& serial)
{
    delivery::Deliver request;
    request.instruction.driver = "smtp";
    request.instruction.hosts = {{.name = "h", .addresses = addresses}};
    if (!serial.empty())
        request.instruction.options = {{"serialize_hosts", serial}};
    return request;
}

TEST(SerialHosts, EachHasOneDeliveryAtATime)
{
    SerialHosts hosts;
    auto first = to({"192.0.2.1"}, "192.0.2.1");
    const auto taken = hosts.take(first);
    ASSERT_TRUE(taken);
    EXPECT_EQ(*taken, Strings{"192.0.2.1"});
    EXPECT_EQ(first.instruction.connection_max_messages, 1u);
    auto second = to({"192.0.2.1"}, "192.0.2.1");
    EXPECT_FALSE(hosts.take(second));
    hosts.give_back(*taken);
    second = to({"192.0.2.1"}, "192.0.2.1");
    EXPECT_TRUE(hosts.take(second));
}

TEST(SerialHosts, AnotherHostOfTheListTakesItMeanwhile)
{
    SerialHosts hosts;
    auto first = to({"192.0.2.1"}, "192.0.2.1");
    ASSERT_TRUE(hosts.take(first));
    auto second = to({"192.0.2.1", "192.0.2.2"}, "192.0.2.1");
    const auto taken = hosts.take(second);
    ASSERT_TRUE(taken);
    EXPECT_TRUE(taken->empty());
    EXPECT_EQ(second.hosts_to_skip, Strings{"192.0.2.1:25"});
    EXPECT_EQ(second.instruction.connection_max_messages, to({}, "").instruction.connection_max_messages);
}

TEST(SerialHosts, OthersAreFree)
{
    SerialHosts hosts;
    for (int i = 0; i < 3; ++i) {
        auto request = to({"192.0.2.1"}, "");
        const auto taken = hosts.take(request);
        ASSERT_TRUE(taken);
        EXPECT_TRUE(taken->empty());
    }
    auto nowhere = to({}, "");
    EXPECT_TRUE(hosts.take(nowhere)); // the agent says what is wrong
}

}
}
