#include "smtpd/waiting_clients.h"

#include <gtest/gtest.h>

namespace gp::smtpd {
namespace {

TEST(WaitingClients, ASessionDoesNotEndWhileSomebodyLooksAtIt)
{
    event::Loop loop;
    WaitingClients clients;
    std::string order;
    ASSERT_TRUE(loop.spawn("session", [&] {
        {
            WaitingClients::Place place{clients, "a", [&] {
                                            order += "look ";
                                            event::sleep_for(Duration{20});
                                            order += "looked ";
                                            return true;
                                        }};
            event::sleep_for(Duration{5});
        }
        order += "gone";
    }));
    ASSERT_TRUE(loop.spawn("cleanup", [&] { EXPECT_TRUE(clients.is_there("a")); }));
    loop.run_until_idle();
    EXPECT_EQ(order, "look looked gone");
    EXPECT_FALSE(clients.is_there("a"));
}

}
}
