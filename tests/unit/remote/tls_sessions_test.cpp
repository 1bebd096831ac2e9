#include "delivery/remote/tls_sessions.h"

#include <gtest/gtest.h>

namespace gp::remote {
namespace {

using namespace std::chrono_literals;

// What the certificate said is two hours old at most, however often the session went on.
TEST(TlsSessions, ASessionThatGoesOnGetsNoYounger)
{
    TlsSessions sessions{8};
    const TlsSessions::Time handshake{100h};
    sessions.keep("host", {.octets = "first", .since = handshake});
    auto taken = sessions.take("host", handshake + 119min);
    EXPECT_EQ(taken.octets, "first");
    EXPECT_EQ(taken.since, handshake);
    sessions.keep("host", {.octets = "second", .since = taken.since});
    taken = sessions.take("host", handshake + 120min);
    EXPECT_EQ(taken.octets, "");
    EXPECT_EQ(taken.since, handshake + 120min);
    EXPECT_EQ(sessions.size(), 0u);
}

}
}
