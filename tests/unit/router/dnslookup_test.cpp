#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

constexpr std::string_view zone = R"(
a.example        MX 10 mx1.a.example
a.example        MX 20 mx2.a.example
mx1.a.example    A 192.0.2.1
mx2.a.example    A 192.0.2.2
mx2.a.example    AAAA 2001:db8::2
plain.example    A 192.0.2.3
null.example     MX 0 .
void.example     MX 10 nothing.example
toip.example     MX 10 192.0.2.9
ours.example     MX 10 us.example
ours.example     MX 20 mx1.a.example
us.example       A 192.0.2.250
backup.example   MX 10 mx1.a.example
backup.example   MX 20 us.example
broken.example   SERVFAIL
_smtp._tcp.srv.example SRV 10 5 2525 mx1.a.example
short.wide.example A 192.0.2.4
bogus.example    MX 10 zero.example
zero.example     A 0.0.0.0
loop.example     A 127.0.1.1
xn--1xa.example  A 192.0.2.5
)";

std::string with(const std::string& options)
{
    return "begin routers\nr1:\n  driver = dnslookup\n  transport = smtp\n" + options;
}

struct Case {
    const char* name;
    const char* options;
    const char* domain;
    const char* outcome;
};
class DnsLookup : public testing::TestWithParam<Case> {};

TEST_P(DnsLookup, Routes)
{
    House house{with(GetParam().options), zone};
    const std::string address = std::string("u@") + GetParam().domain;
    EXPECT_EQ(house.route(address), address + ": " + GetParam().outcome + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    , DnsLookup,
    testing::Values(
        Case{"by_preference", "", "a.example", "r1 > smtp mx1.a.example[192.0.2.1]/10 mx2.a.example[2001:db8::2][192.0.2.2]/20"},
        Case{"v4_only", "  ipv4_only = yes\n", "a.example", "r1 > smtp mx1.a.example[192.0.2.1]/10 mx2.a.example[192.0.2.2]/20"},
        Case{"v4_only_by_expansion", "  ipv4_only = ${if eq{$domain}{b.example}{yes}{no}}\n", "a.example",
             "r1 > smtp mx1.a.example[192.0.2.1]/10 mx2.a.example[2001:db8::2][192.0.2.2]/20"},
        Case{"v4_first", "  ipv4_prefer = yes\n", "a.example", "r1 > smtp mx1.a.example[192.0.2.1]/10 mx2.a.example[192.0.2.2][2001:db8::2]/20"},
        Case{"address_alone", "", "plain.example", "r1 > smtp plain.example[192.0.2.3]"},
        Case{"mx_needed", "  mx_domains = *\n", "plain.example", "- failed: Unrouteable address"},
        Case{"other_loopback_address", "", "loop.example", "r1 > smtp loop.example[127.0.1.1]"},
        Case{"localhost_is_asked_of_dns", "", "localhost", "- failed: Unrouteable address"},
        Case{"utf8", "", "\u03c0.example", "r1 > smtp xn--1xa.example[192.0.2.5]"},
        Case{"literal", "", "[192.0.2.9]", "- failed: mail domain \"[192.0.2.9]\" is syntactically invalid"},
        Case{"null_mx_has_its_own_words", "  cannot_route_message = nobody\n", "null.example", "- failed: an MX or SRV record indicated no SMTP service"},
        Case{"null_mx", "", "null.example", "- failed: an MX or SRV record indicated no SMTP service"},
        Case{"mx_to_nothing", "", "void.example", "- failed: all relevant MX records point to non-existent hosts"},
        Case{"mx_to_address", "", "toip.example",
             "- failed: all relevant MX records point to non-existent hosts or (invalidly) to IP addresses"},
        Case{"self", "", "ours.example", "r1 deferred frozen: lowest numbered MX record points to local host"},
        Case{"self_fail", "  self = fail\n", "ours.example", "r1 failed: lowest numbered MX record points to local host"},
        Case{"self_send", "  self = send\n", "ours.example", "r1 > smtp us.example[192.0.2.250]/10 mx1.a.example[192.0.2.1]/20"},
        Case{"self_by_address", "  self = defer\n", "us.example", "r1 deferred: remote host address is the local host"},
        Case{"self_by_name", "  self = defer\n", "us.example", "r1 deferred: remote host address is the local host"},
        Case{"backup", "", "backup.example", "r1 > smtp mx1.a.example[192.0.2.1]/10"},
        Case{"secondary", "  check_secondary_mx\n", "backup.example", "r1 > smtp mx1.a.example[192.0.2.1]/10"},
        Case{"no_secondary", "  check_secondary_mx\n", "a.example", "- failed: Unrouteable address"},
        Case{"servfail", "", "broken.example", "r1 deferred: host lookup did not complete"},
        Case{"pass_on_timeout", "  pass_on_timeout\n", "broken.example", "- failed: Unrouteable address"},
        Case{"mx_fail_domains", "  mx_fail_domains = *\n", "broken.example", "r1 deferred: host lookup did not complete"},
        Case{"srv", "  check_srv = smtp\n", "srv.example", "r1 > smtp mx1.a.example[192.0.2.1]:2525/10"},
        Case{"no_such_domain", "", "no.such.example", "- failed: Unrouteable address"},
        Case{"fail_defer", "  fail_defer_domains = *\n", "no.such.example", "r1 deferred: missing MX, or all MXs point to missing A records, and defer requested"},
        Case{"ignored", "  ignore_target_hosts = 0.0.0.0\n", "bogus.example",
             "- failed: all relevant MX records point to non-existent hosts"},
        Case{"one_ignored", "  ignore_target_hosts = 192.0.2.1\n", "a.example", "r1 > smtp mx2.a.example[2001:db8::2][192.0.2.2]/20"},
        Case{"insecure", "  dnssec_require_domains = *\n", "a.example", "r1 deferred: host lookup done insecurely"},
        Case{"translated", "  translate_ip_address = ${if eq{$host_address}{192.0.2.3}{192.0.2.33}fail}\n", "plain.example",
             "r1 > smtp plain.example[192.0.2.33]"}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(DnsLookupWidening, RoutesTheWholeNameAnewAndChangesTheHeaders)
{
    House house{with("  widen_domains = nowhere.example : wide.example\n"), zone};
    const auto routed = house.routed("u@short", Purpose::Kind::deliver, "s@x.example", "To: U <u@short>,\r\n v@other\r\nSubject: u@short\r\n");
    ASSERT_EQ(routed.deliveries.size(), 1u);
    EXPECT_EQ(routed.deliveries[0].address, "u@short.wide.example");
    EXPECT_EQ(routed.deliveries[0].parent, "u@short");
    ASSERT_EQ(routed.deliveries[0].header_changes.size(), 1u);
    EXPECT_EQ(routed.deliveries[0].header_changes[0].before, "To: U <u@short>,\r\n v@other\r\n");
    EXPECT_EQ(routed.deliveries[0].header_changes[0].after, "To: U <u@short.wide.example>,\r\n v@other\r\n");
}

TEST(DnsLookupWidening, IsNotDoneForASenderThatIsVerified)
{
    House house{with("  widen_domains = wide.example\n"), zone};
    EXPECT_EQ(house.route("u@short", Purpose::Kind::verify_sender), "u@short: - failed: Unrouteable address\n");
    EXPECT_EQ(house.route("u@short", Purpose::Kind::verify_recipient), "u@short.wide.example: r1 > smtp short.wide.example[192.0.2.4]\n");
}

TEST(SelfRule, PassesWithTheNameOfTheHost)
{
    House house{with("  self = pass\n  no_more\nr2:\n  driver = accept\n  transport = file\n"
                     "  address_data = host was $self_hostname\n"), zone};
    const auto routed = house.routed("u@ours.example");
    ASSERT_EQ(routed.deliveries.size(), 1u);
    EXPECT_EQ(routed.address_data.text, "host was us.example");
}

TEST(SelfRule, ReroutesToAnotherDomain)
{
    House house{with("  self = reroute: rewrite: plain.example\n"), zone};
    EXPECT_EQ(house.route("u@ours.example"), "u@plain.example: r1 > smtp plain.example[192.0.2.3]\n");
}

TEST(HostsTreatAsLocal, CountsANameAsThisHost)
{
    House house{"hosts_treat_as_local = mx1.a.example\n" + with("  self = fail\n"), zone};
    EXPECT_EQ(house.route("u@a.example"), "u@a.example: r1 failed: lowest numbered MX record points to local host\n");
}

}
}
