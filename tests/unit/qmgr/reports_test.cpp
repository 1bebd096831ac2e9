#include "qmgr/reports.h"

#include <gtest/gtest.h>

#include "tests/unit/qmgr/suite.h"

namespace gp::qmgr {
namespace {

using test::Suite;

// Each sender's address that fails is told of, also where two lead to one; what went before in the log is as in Exim.
TEST(Reports, TellsOfEachAddressThatLeadsToOneThatFails)
{
    test::play([](Suite& suite) {
        suite.router.route = [](std::uint32_t index, const std::string& address) {
            if (!address.ends_with("@x.ex") || address.starts_with("owner"))
                return test::FakeRouter::usual(index, address);
            router::RoutedRecipient routed{.index = index};
            router::Unrouted what{.address = "bad@x.ex", .unique = "bad@x.ex", .text = "no such person", .parent = address};
            if (address == "two@x.ex")
                what.errors_to = "owner@x.ex";
            if (address == "gone@x.ex")
                what = {.why = router::Unrouted::Why::discarded, .address = address, .unique = address, .router = "f", .text = "discarded"};
            routed.unrouted.push_back(what);
            return routed;
        };
        suite.send("s@local.example", {"one@x.ex", "two@x.ex", "three@x.ex", "gone@x.ex"});
        ASSERT_TRUE(suite.wait_for([&] { return suite.bounce.reports.size() == 2; }));
        suite.settle();
        EXPECT_EQ(suite.bounce.reports[0].to, "s@local.example");
        EXPECT_EQ(suite.bounce.reports[0].failures.size(), 2u);
        EXPECT_EQ(suite.bounce.reports[1].to, "owner@x.ex");
        const auto lines = suite.told();
        EXPECT_NE(lines.find("A => discarded <gone@x.ex> R=f\n"), std::string::npos) << lines;
        EXPECT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
    });
}

}
}
