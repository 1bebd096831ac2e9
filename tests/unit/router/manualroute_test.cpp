#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

constexpr std::string_view zone = R"(
one.example   A 192.0.2.1
two.example   A 192.0.2.2
two.example   AAAA 2001:db8::2
dom.example   MX 5 one.example
dom.example   MX 9 two.example
mixed.example MX 5 one.example
mixed.example MX 7 us.example
us.example    A 192.0.2.250
slow.example  SERVFAIL
)";

struct Case {
    const char* name;
    const char* options;
    const char* outcome;
};
class ManualRoute : public testing::TestWithParam<Case> {};

TEST_P(ManualRoute, Routes)
{
    House house{std::string("begin routers\nr1:\n  driver = manualroute\n") +
                    (std::string_view(GetParam().options).find("transport =") == std::string_view::npos ? "  transport = smtp\n" : "") +
                    GetParam().options,
                zone};
    EXPECT_EQ(house.route("u@x.example"), std::string("u@x.example: ") + GetParam().outcome + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    , ManualRoute,
    testing::Values(
        Case{"hosts_in_order", "  route_list = * one.example:two.example bydns\n", "r1 > smtp one.example[192.0.2.1] two.example[2001:db8::2][192.0.2.2]"},
        Case{"ports", "  route_list = * \"<+ one.example:26 + [192.0.2.7]:27 + 2001:db8::9\"\n", "r1 > smtp one.example[192.0.2.1]:26 192.0.2.7[192.0.2.7]:27 2001:db8::9[2001:db8::9]"},
        Case{"no_rule", "  route_list = other.example one.example\n", "- failed: Unrouteable address"},
        Case{"captures", "  route_list = \\N^(x)[.]example$\\N ${if eq{$1}{x}{one.example}{two.example}}\n", "r1 > smtp one.example[192.0.2.1]"},
        Case{"mx", "  route_list = * dom.example/MX\n", "r1 > smtp one.example[192.0.2.1]/5 two.example[2001:db8::2][192.0.2.2]/9"},
        Case{"mx_behind_us", "  route_list = * mixed.example/MX:two.example\n", "r1 > smtp one.example[192.0.2.1]/5 two.example[2001:db8::2][192.0.2.2]"},
        Case{"self_ends_the_list", "  route_list = * one.example:us.example:two.example\n", "r1 > smtp one.example[192.0.2.1]"},
        Case{"self_first", "  route_list = * us.example:two.example\n", "r1 deferred frozen: remote host address is the local host"},
        Case{"self_first_sent", "  self = send\n  route_list = * us.example:two.example\n", "r1 > smtp us.example[192.0.2.250] two.example[2001:db8::2][192.0.2.2]"},
        Case{"this_host_by_no_address", "  route_list = * 0.0.0.0\n", "r1 deferred frozen: remote host address is the local host"},
        Case{"ignored_by_what_it_is", "  host_find_failed = ignore\n  ignore_target_hosts = ${if eq{$host_address}{192.0.2.1}{$host_address}}\n  route_list = * one.example:two.example\n", "r1 > smtp two.example[2001:db8::2][192.0.2.2]"},
        Case{"data", "  route_data = one.example bydns ipv4_only\n", "r1 > smtp one.example[192.0.2.1]"},
        Case{"data_empty", "  route_data = ${if eq{a}{b}{one.example}}\n", "- failed: Unrouteable address"},
        Case{"missing", "  route_list = * none.example\n", "r1 deferred frozen: lookup of host \"none.example\" failed in r1 router"},
        Case{"missing_defers", "  host_find_failed = defer\n  route_list = * none.example\n", "r1 deferred: lookup of host \"none.example\" failed in r1 router"},
        Case{"missing_fails", "  host_find_failed = fail\n  route_list = * none.example\n", "r1 failed: lookup of host \"none.example\" failed in r1 router"},
        Case{"missing_ignored", "  host_find_failed = ignore\n  route_list = * none.example:one.example\n", "r1 > smtp one.example[192.0.2.1]"},
        Case{"all_ignored", "  host_find_failed = ignore\n  host_all_ignored = fail\n  route_list = * none.example\n",
             "r1 failed: lookup failed for all hosts in r1 router: host_find_failed=ignore host_all_ignored=fail"},
        Case{"ignored_as_if_not_there", "  ignore_target_hosts = 192.0.2.1\n  host_all_ignored = fail\n  route_list = * one.example:two.example\n",
             "r1 deferred frozen: lookup of host \"one.example\" failed in r1 router"},
        Case{"ignored_literal", "  ignore_target_hosts = 192.0.2.0/24\n  host_find_failed = fail\n  route_list = * 192.0.2.1\n",
             "r1 failed: lookup of host \"192.0.2.1\" failed in r1 router"},
        Case{"slow", "  route_list = * slow.example\n", "r1 deferred: host lookup for slow.example did not complete (DNS timeout?)"},
        Case{"slow_passed", "  pass_on_timeout\n  route_list = * slow.example\n", "- failed: Unrouteable address"},
        Case{"transport_of_rule", "  route_list = * one.example file\n", "r1 > file one.example"},
        Case{"local_gets_the_list", "  transport = file\n  route_list = * a:b:c\n", "r1 > file a:b:c"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(ManualRouteTransport, IsWantedUnlessAnAddressIsVerified)
{
    House house{"begin routers\nr1:\n  driver = manualroute\n  route_list = * one.example\n", zone};
    EXPECT_EQ(house.route("u@x.example", Purpose::Kind::test), "u@x.example: r1 deferred: error in router: transport missing\n");
    EXPECT_TRUE(house.routed("u@x.example", Purpose::Kind::verify_recipient).unrouted.empty());
}

TEST(FallbackHosts, TravelWithTheDelivery)
{
    House house{"begin routers\nr1:\n  driver = manualroute\n  transport = smtp\n  route_list = * one.example\n  fallback_hosts = two.example::26\n", zone};
    const auto routed = house.routed("u@x.example");
    ASSERT_EQ(routed.deliveries.size(), 1u);
    ASSERT_EQ(routed.deliveries[0].fallback_hosts.size(), 1u);
    EXPECT_EQ(routed.deliveries[0].fallback_hosts[0].name, "two.example");
    EXPECT_EQ(routed.deliveries[0].fallback_hosts[0].port, 26u);
}

const std::string smtp_hosts = "begin routers\nr1:\n  driver = manualroute\n  transport = t\n  route_list = x.example one.example\n"
                               "r2:\n  driver = accept\n  transport = t\n"
                               "begin transports\nt:\n  driver = smtp\n";

TEST(TransportHosts, AreUsedWhereTheRouterNamesNone)
{
    House house{smtp_hosts + "  hosts = two.example\n  fallback_hosts = one.example\n", zone};
    EXPECT_EQ(house.route("u@x.example"), "u@x.example: r1 > t one.example[192.0.2.1]\n");
    EXPECT_EQ(house.route("u@y.example"), "u@y.example: r2 > t two.example[2001:db8::2][192.0.2.2]\n");
    EXPECT_EQ(house.routed("u@y.example").deliveries.at(0).fallback_hosts.at(0).name, "one.example");
}

TEST(TransportHosts, ThatAreToBeSerializedAreToldByTheirAddresses)
{
    const auto told = [](const std::string& list) {
        House house{smtp_hosts + "  hosts = two.example\n  serialize_hosts = " + list + "\n", zone};
        const auto routed = house.routed("u@y.example");
        if (routed.deliveries.empty())
            return std::string("no delivery");
        for (const auto& option : routed.deliveries[0].options)
            if (option.name == "serialize_hosts")
                return option.value;
        return std::string("not told");
    };
    EXPECT_EQ(told("192.0.2.0/24"), "192.0.2.2");
    EXPECT_EQ(told("${if eq{1}{1}{*}}"), "2001:db8::2 192.0.2.2");
    EXPECT_EQ(told("*.other.example"), "not told");
}

TEST(TransportHosts, WinWithHostsOverride)
{
    House house{smtp_hosts + "  hosts = two.example\n  hosts_override\n", zone};
    EXPECT_EQ(house.route("u@x.example"), "u@x.example: r1 > t two.example[2001:db8::2][192.0.2.2]\n");
}

TEST(TransportHosts, MustNotBeThisHostUnlessAllowed)
{
    House refused{smtp_hosts + "  hosts = us.example\n", zone};
    EXPECT_EQ(refused.route("u@y.example"), "u@y.example: r2 deferred: t transport found host us.example to be local\n");
    House allowed{smtp_hosts + "  hosts = us.example\n  allow_localhost\n", zone};
    EXPECT_EQ(allowed.route("u@y.example"), "u@y.example: r2 > t us.example[192.0.2.250]\n");
}

TEST(TransportHosts, AreNeeded)
{
    House house{smtp_hosts, zone};
    EXPECT_EQ(house.route("u@y.example"), "u@y.example: r2 deferred: t transport called with no hosts set\n");
}

TEST(HeadersRewrite, ChangesTheHeadersOfThisCopyAlone)
{
    House house{"begin routers\nr1:\n  driver = accept\n  transport = t\nbegin transports\nt:\n  driver = appendfile\n  file = /nowhere\n  user = 2000\n  group = 2000\n"
                "  headers_rewrite = *@*.inner.example $1@outer.example f : *@z.example abc@x.y.z\n"};
    const auto routed = house.routed("u@d.example", Purpose::Kind::deliver, "s@x", "From: A <a@b.inner.example>\r\nTo: q@z.example (z), c@d.inner.example\r\nSubject: a@b.inner.example\r\n");
    const auto& changes = routed.deliveries.at(0).header_changes;
    ASSERT_EQ(changes.size(), 2u);
    EXPECT_EQ(changes[0].after, "From: A <a@outer.example>\r\n");
    EXPECT_EQ(changes[1].after, "To: abc@x.y.z (z), c@d.inner.example\r\n");
}

}
}
