#include "tests/unit/qmgr/suite.h"

#include <gtest/gtest.h>

namespace gp::qmgr {
namespace {

using test::play;
using test::Suite;

// Router, which has the files, is asked about the rules before they are needed.
TEST(Manager, AsksRouterWhichRetryRuleItIs)
{
    play(
        [](Suite& suite) {
            test::refuse_connections(suite.remote);
            suite.router.in_lists = "mx.there.example";
            const auto id = suite.send("s@x.example", {"u@there.example", "v@there.example"});
            suite.settle();
            EXPECT_EQ(suite.spool.messages.at(id).next_try, suite.clock.seconds() + 60);
            ASSERT_EQ(suite.router.list_questions.size(), 1u); // for all of the message
            EXPECT_EQ(suite.router.list_questions[0].patterns, std::vector<std::string>{"lsearch;/etc/slow"});
            const auto other = suite.send("s@x.example", {"u@other.example"});
            suite.settle();
            EXPECT_EQ(suite.spool.messages.at(other).next_try, suite.clock.seconds() + 7200);
        },
        [](Suite& suite) { suite.rules = {"lsearch;/etc/slow * F,1h,1m", "* * F,1d,2h"}; });
}

// The message is far older than any rule would let it be; nothing is given up for a server that does not answer.
TEST(Manager, DefersWhereRouterCannotTellTheRetryRule)
{
    play(
        [](Suite& suite) {
            test::refuse_connections(suite.remote);
            suite.router.in_lists = "?";
            const auto id = suite.send("s@x.example", {"u@there.example"},
                                       [&](mail::Envelope& envelope) { envelope.received -= std::int64_t{90} * 86400 * 1'000'000; });
            suite.settle();
            EXPECT_TRUE(suite.bounce.reports.empty());
            ASSERT_TRUE(suite.spool.messages.contains(id));
            EXPECT_EQ(suite.spool.messages.at(id).next_try, suite.clock.seconds() + 300);
            suite.router.in_lists = "there.example";
            suite.advance(300);
            suite.run();
            ASSERT_TRUE(suite.wait_for([&] { return suite.bounce.reports.size() == 1; })); // now the rule says that it is over
        },
        [](Suite& suite) {
            suite.rules = {"lsearch;/etc/slow * F,1h,1m", "* * F,1d,2h"};
            suite.parameters.delay_warning = {};
        });
}

// retry_include_ip_address = false: one address of the host fails, and all of them wait.
TEST(Manager, AddressesOfAHostShareTheirRetryTimesWhereTheTransportSaysSo)
{
    play([](Suite& suite) {
        test::refuse_connections(suite.remote);
        suite.router.route = [](std::uint32_t index, const std::string& address) {
            auto delivery = test::FakeRouter::to_host(address, "mx.there.example", address.starts_with("u") ? "192.0.2.1" : "192.0.2.2");
            delivery.options.push_back({"retry_include_ip_address", address.starts_with("w") ? "yes" : "no"});
            return router::RoutedRecipient{.index = index, .deliveries = {delivery}};
        };
        suite.send("s@x.example", {"u@there.example"});
        suite.settle();
        EXPECT_EQ(suite.remote.requests.size(), 1u);
        suite.send("s@x.example", {"v@there.example"});
        suite.settle();
        EXPECT_EQ(suite.remote.requests.size(), 1u);
        suite.send("s@x.example", {"w@there.example"});
        suite.settle();
        EXPECT_EQ(suite.remote.requests.size(), 2u);
    });
}

}
}
