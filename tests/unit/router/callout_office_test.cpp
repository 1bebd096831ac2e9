#include "router/callout_office.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/fiber_test.h"
#include "tests/support/sockets.h"

namespace gp::router {
namespace {

// A connection that smtpd hands in may lead anywhere: to a client of its own, too.
TEST(CalloutOffice, SaysNothingToWhomIsNotRemote)
{
    test::run_fiber([] {
        ipc::Link remote{"remote"}, tally{"tally"};
        LinkedCalloutOffice office{remote, tally, ::geteuid() + 1};
        for (const bool is_tcp : {false, true}) {
            auto [here, there] = is_tcp ? test::tcp_pair() : test::socket_pair();
            const ipc::Fd held{std::move(here)};
            const auto reply = office.call_again(held, {}, event::Deadline::in(Duration{50}));
            ASSERT_FALSE(reply);
            EXPECT_EQ(reply.error().text, "the held connection is none of remote's");
            char octet = 0;
            EXPECT_LE(::recv(there.get(), &octet, 1, MSG_DONTWAIT), 0);
        }
    });
}

}
}
