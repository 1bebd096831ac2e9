#include "common/dns/mx.h"

#include "tests/support/peer/on_fiber.h"

#include <gtest/gtest.h>

#include "common/dns/fake_resolver.h"
#include "common/dns/host_name.h"
#include "common/dns/settings.h"

namespace gp::dns {
namespace {

using Kind = MailHosts::Kind;

constexpr std::string_view zone = R"(
    example.org      300 MX    20 mx2.example.org
    example.org      300 MX    10 mx1.example.org
    example.org      300 MX    10 mx1b.example.org
    mx1.example.org  A         192.0.2.1
    mx1.example.org  AAAA      2001:db8::1
    mx1b.example.org A         192.0.2.11
    mx2.example.org  A         192.0.2.2
    plain.example    A         192.0.2.3
    alias.example    CNAME     plain.example
    moved.example    MX        10 alias.example
    behind.example   MX        5 gone.example
    behind.example   MX        10 plain.example
    null.example     MX        0 .
    lost.example     MX        10 gone.example
    slow.example     MX        10 broken.example
    broken.example   SERVFAIL
    half.example     MX        10 broken.example
    half.example     MX        20 plain.example
    fails.example    SERVFAIL
    mute.example     REFUSED
    number.example   MX        10 192.0.2.9
    empty.example    TXT       "x"
  AD signed.example  MX        10 signed-mx.example
  AD safe.example    MX        10 signed-alias.example
  AD signed-alias.example CNAME signed-mx.example
  AD signed-mx.example A       192.0.2.5
    twice.example    MX        20 plain.example
    twice.example    MX        10 plain.example
    _smtp._tcp.srv.example SRV 1 0 2525 plain.example
    _smtp._tcp.srv.example SRV 1 9 26 mx2.example.org
    _smtp._tcp.nosrv.example SRV 0 0 0 .
    srv.example      MX        10 mx1.example.org
)";

RandomSource no_chance()
{
    return [](std::uint32_t) { return 0u; };
}

Result<MailHosts> route(const MailHostsQuery& query, const RandomSource& random = no_chance())
{
    FakeResolver resolver{zone};
    std::optional<Result<MailHosts>> got;
    gp::testing::on_fiber([&] { got = mail_hosts(resolver, query, random, event::Deadline::in(Duration{5000})); });
    return *got;
}

std::vector<std::string> names(const MailHosts& result)
{
    std::vector<std::string> out;
    for (const auto& host : result.hosts)
        out.push_back(host.name);
    return out;
}

TEST(MailHosts, AreInOrderOfPreference)
{
    const auto got = route({.domain = "Example.ORG"});
    ASSERT_TRUE(got) << got.error().text;
    EXPECT_EQ(got->kind, Kind::found);
    EXPECT_TRUE(got->from_mx);
    // Of equals all IPv6 addresses come before the IPv4 ones.
    EXPECT_EQ(names(*got), (std::vector<std::string>{"mx1.example.org", "mx1.example.org", "mx1b.example.org", "mx2.example.org"}));
    EXPECT_EQ(got->hosts[3].preference, 20);
    EXPECT_EQ(got->hosts[0].addresses.at(0).text(), "2001:db8::1");
    EXPECT_EQ(got->hosts[1].addresses.at(0).text(), "192.0.2.1");
    EXPECT_EQ(route({.domain = "example.org", .prefer_v6 = false})->hosts.at(0).addresses.at(0).text(), "192.0.2.1");
}

TEST(MailHosts, EqualsAreShuffled)
{
    std::uint32_t turn = 500;
    const auto got = route({.domain = "example.org"}, [&](std::uint32_t bound) { return --turn % bound; });
    ASSERT_TRUE(got);
    EXPECT_EQ(names(*got), (std::vector<std::string>{"mx1.example.org", "mx1b.example.org", "mx1.example.org", "mx2.example.org"}));
    EXPECT_LT(system_random()(10), 10u);
    EXPECT_EQ(system_random()(1), 0u);
}

TEST(MailHosts, WhoStandsBehindAHostWithoutAddressesIsNotTheFirst)
{
    const auto is_us = [](std::string_view, const net::Address& address) { return address.text() == "192.0.2.3"; };
    auto got = route({.domain = "behind.example", .is_self = is_us});
    ASSERT_TRUE(got) << got.error().text;
    EXPECT_TRUE(got->self_is_best);
    EXPECT_FALSE(got->self_is_first);
    got = route({.domain = "twice.example", .is_self = is_us});
    EXPECT_TRUE(got->self_is_first);
}

TEST(MailHosts, ADomainWithoutMxIsItsOwnHost)
{
    auto got = route({.domain = "plain.example"});
    ASSERT_TRUE(got && got->kind == Kind::found);
    EXPECT_FALSE(got->from_mx);
    EXPECT_EQ(got->hosts.at(0).preference, -1);
    got = route({.domain = "alias.example"});
    ASSERT_TRUE(got && got->kind == Kind::found);
    EXPECT_EQ(got->domain, "plain.example");
    EXPECT_EQ(got->hosts.at(0).name, "plain.example");
    EXPECT_EQ(got->hosts.at(0).certificate_name, "alias.example"); // nobody validated where the alias leads
    got = route({.domain = "moved.example"});
    ASSERT_TRUE(got && got->kind == Kind::found);
    EXPECT_EQ(got->hosts.at(0).name, "plain.example");
    EXPECT_EQ(got->hosts.at(0).certificate_name, "alias.example");
    EXPECT_EQ(route({.domain = "safe.example"})->hosts.at(0).certificate_name, "");
    EXPECT_EQ(route({.domain = "plain.example", .mx_only = true})->kind, Kind::no_hosts);
}

TEST(MailHosts, FailuresAreToldApart)
{
    EXPECT_EQ(route({.domain = "null.example"})->kind, Kind::null_mx);
    EXPECT_EQ(route({.domain = "nowhere.example"})->kind, Kind::no_such_domain);
    EXPECT_EQ(route({.domain = "empty.example"})->kind, Kind::no_hosts);
    EXPECT_EQ(route({.domain = "lost.example"})->kind, Kind::no_hosts);
    EXPECT_EQ(route({.domain = "number.example"})->kind, Kind::no_hosts);
    EXPECT_EQ(route({.domain = "number.example", .allow_mx_to_ip = true})->hosts.at(0).addresses.at(0).text(), "192.0.2.9");
    EXPECT_EQ(route({.domain = "fails.example"}).error().blame, Blame::temporary);
    EXPECT_EQ(route({.domain = "slow.example"}).error().blame, Blame::temporary);
    EXPECT_EQ(route({.domain = "mute.example"}).error().blame, Blame::permanent);
    const auto half = route({.domain = "half.example"});
    ASSERT_TRUE(half);
    EXPECT_TRUE(half->hosts.at(0).deferred);
    EXPECT_FALSE(half->hosts.at(1).deferred);
}

TEST(MailHosts, AHostThatIsListedTwiceCountsOnce)
{
    const auto got = route({.domain = "twice.example"});
    ASSERT_EQ(got->hosts.size(), 1u);
    EXPECT_EQ(got->hosts[0].preference, 10);
}

TEST(MailHosts, WeAndThoseNoBetterAreTakenOut)
{
    const auto self = [](std::string_view ours) {
        return [ours](std::string_view, const net::Address& address) { return address.text() == ours; };
    };
    auto got = route({.domain = "example.org", .is_self = self("192.0.2.2")});
    EXPECT_EQ(names(*got), (std::vector<std::string>{"mx1.example.org", "mx1.example.org", "mx1b.example.org"}));
    EXPECT_TRUE(got->self_is_listed);
    EXPECT_FALSE(got->self_is_best);
    got = route({.domain = "example.org", .is_self = self("192.0.2.11")});
    EXPECT_TRUE(got->hosts.empty());
    EXPECT_TRUE(got->self_is_best);
    got = route({.domain = "plain.example", .is_self = self("192.0.2.3")});
    EXPECT_TRUE(got->self_is_best);
}

TEST(MailHosts, DnssecCanBeRequired)
{
    EXPECT_EQ(route({.domain = "example.org", .dnssec_require = true})->kind, Kind::insecure);
    const auto got = route({.domain = "signed.example", .dnssec_require = true});
    ASSERT_TRUE(got && got->kind == Kind::found);
    EXPECT_TRUE(got->secure);
    EXPECT_TRUE(got->hosts.at(0).secure);
    EXPECT_TRUE(got->hosts.at(0).named_securely);
    EXPECT_FALSE(route({.domain = "example.org"})->hosts.at(0).named_securely);
}

TEST(MailHosts, ServiceRecordsComeFirstWhenAsked)
{
    const auto got = route({.domain = "srv.example", .srv_service = "smtp"}, [](std::uint32_t bound) { return bound - 1; });
    ASSERT_TRUE(got);
    EXPECT_EQ(names(*got), (std::vector<std::string>{"mx2.example.org", "plain.example"}));
    EXPECT_EQ(got->hosts[0].port, 26);
    EXPECT_EQ(route({.domain = "nosrv.example", .srv_service = "smtp"})->kind, Kind::null_mx);
    EXPECT_EQ(names(*route({.domain = "example.org", .srv_service = "smtp"})).size(), 4u);
}

TEST(HostNames, LeadBackOrDoNotCount)
{
    FakeResolver resolver{R"(
        1.2.0.192.in-addr.arpa PTR good.example
        1.2.0.192.in-addr.arpa PTR liar.example
        1.2.0.192.in-addr.arpa PTR other.example
        good.example  A 192.0.2.1
        liar.example  A 192.0.2.9
        other.example A 192.0.2.1
        2.2.0.192.in-addr.arpa PTR liar.example
        3.2.0.192.in-addr.arpa PTR broken.example
        broken.example SERVFAIL
    )"};
    gp::testing::on_fiber([&] {
        const auto until = event::Deadline::in(Duration{5000});
        const auto of = [&](std::string_view address) { return host_names(resolver, *net::Address::parse(address), until); };
        EXPECT_EQ(of("192.0.2.1")->names, (std::vector<std::string>{"good.example", "other.example"}));
        EXPECT_EQ(of("::ffff:192.0.2.1")->kind, HostNames::Kind::verified);
        EXPECT_EQ(of("192.0.2.2")->kind, HostNames::Kind::mismatch);
        EXPECT_EQ(of("192.0.2.4")->kind, HostNames::Kind::no_name);
        EXPECT_EQ(of("192.0.2.3").error().blame, Blame::temporary);
        EXPECT_TRUE(*leads_to(resolver, "good.example", *net::Address::parse("192.0.2.1"), until));
        EXPECT_FALSE(*leads_to(resolver, "good.example", *net::Address::parse("192.0.2.2"), until));
    });
}

TEST(Search, CompletesShortNames)
{
    FakeResolver resolver{"mail.example.org A 192.0.2.1\n a.b.example.org A 192.0.2.2\n c.d.org A 192.0.2.3"};
    ResolverSettings settings;
    settings.search = {"example.org"};
    gp::testing::on_fiber([&] {
        const auto until = event::Deadline::in(Duration{5000});
        const auto found = [&](std::string_view name, Search search) {
            return lookup_searching(resolver, settings, name, Type::a, search, until)->found();
        };
        EXPECT_TRUE(found("mail", {}));
        EXPECT_FALSE(found("mail", {.qualify_single = false}));
        EXPECT_FALSE(found("a.b", {}));
        EXPECT_TRUE(found("a.b", {.search_parents = true}));
        EXPECT_TRUE(found("c.d", {.search_parents = true}));
        EXPECT_FALSE(found("mail.", {}));
    });
}

}
}
