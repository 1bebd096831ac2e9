#include "delivery/remote/host_walk.h"

#include <gtest/gtest.h>

#include "delivery/remote/host_list.h"

namespace gp::remote {
namespace {

delivery::Deliver asked(std::vector<router::Host> hosts)
{
    delivery::Deliver request;
    request.instruction.hosts = std::move(hosts);
    return request;
}

std::vector<std::string> order(const delivery::Deliver& request, const SmtpOptions& options = {},
                               const HostWalk::Random& random = [](std::uint32_t) { return 0u; })
{
    HostWalk walk{request, options, 25, random};
    std::vector<std::string> out;
    while (const auto host = walk.next())
        out.push_back(host->address.text() + ":" + std::to_string(host->port));
    return out;
}

using Strings = std::vector<std::string>;

TEST(HostWalk, TakesAddressesInOrderAndFallbackHostsLast)
{
    auto request = asked({{.name = "one", .addresses = {"192.0.2.1", "2001:db8::1"}}, {.name = "two", .addresses = {"192.0.2.2"}, .port = 26}});
    request.instruction.fallback_hosts = {{.name = "last", .addresses = {"192.0.2.9"}}};
    EXPECT_EQ(order(request), (Strings{"192.0.2.1:25", "2001:db8::1:25", "192.0.2.2:26", "192.0.2.9:25"}));
}

TEST(HostWalk, SkipsAddressesWhoseTimeHasNotCome)
{
    auto request = asked({{.name = "one", .addresses = {"192.0.2.1", "2001:db8::1"}}});
    request.hosts_to_skip = {"2001:db8::1:25"};
    EXPECT_EQ(order(request), Strings{"192.0.2.1:25"});
    request.hosts_to_skip.push_back("192.0.2.1:25");
    HostWalk walk{request, {}, 25, [](std::uint32_t) { return 0u; }};
    EXPECT_TRUE(walk.all_skipped());
    EXPECT_FALSE(walk.empty());
}

TEST(HostWalk, StopsAtItsLimitButLooksAtEachPreference)
{
    std::vector<router::Host> hosts;
    for (int n = 1; n <= 4; ++n)
        hosts.push_back({.name = "a", .addresses = {"192.0.2." + std::to_string(n)}, .mx = 10});
    for (int n = 5; n <= 6; ++n)
        hosts.push_back({.name = "b", .addresses = {"192.0.2." + std::to_string(n)}, .mx = 20});
    hosts.push_back({.name = "c", .addresses = {"192.0.2.7"}, .mx = 30});
    SmtpOptions options;
    options.hosts_max_try = 2;
    EXPECT_EQ(order(asked(hosts), options), (Strings{"192.0.2.1:25", "192.0.2.2:25", "192.0.2.5:25", "192.0.2.7:25"}));
    options.hosts_max_try_hardlimit = 3;
    EXPECT_EQ(order(asked(hosts), options).size(), 3u);
}

// A host that may not have the message was no try (RFC 8689); the hard limit holds all the same, and is told.
TEST(HostWalk, DoesNotCountWhatWasUnfit)
{
    const auto request = asked({{.name = "a", .addresses = {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"}, .mx = 10}});
    SmtpOptions options;
    options.hosts_max_try = 1;
    options.hosts_max_try_hardlimit = 3;
    HostWalk walk{request, options, 25, [](std::uint32_t) { return 0u; }};
    for (const auto* address : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) {
        const auto host = walk.next();
        ASSERT_TRUE(host);
        EXPECT_EQ(host->address.text(), address);
        EXPECT_FALSE(walk.was_cut_off());
        walk.do_not_count();
    }
    EXPECT_FALSE(walk.next());
    EXPECT_TRUE(walk.was_cut_off());
}

TEST(HostWalk, ShufflesGroupsWhereItIsAsked)
{
    const std::vector<router::Host> hosts = {{.name = "1", .addresses = {"192.0.2.1"}}, {.name = "2", .addresses = {"192.0.2.2"}},
                                             {.name = "+"}, {.name = "3", .addresses = {"192.0.2.3"}}, {.name = "4", .addresses = {"192.0.2.4"}}};
    SmtpOptions options;
    EXPECT_EQ(order(asked(hosts), options), (Strings{"192.0.2.1:25", "192.0.2.2:25", "192.0.2.3:25", "192.0.2.4:25"}));
    options.hosts_randomize = true;
    EXPECT_EQ(order(asked(hosts), options), (Strings{"192.0.2.2:25", "192.0.2.1:25", "192.0.2.4:25", "192.0.2.3:25"}));
}

struct ListCase {
    std::string list;
    ListMatch want;
};

TEST(HostList, MatchesWhatIsConstantAndAsksForTheRest)
{
    const ListCase cases[] = {
        {"", ListMatch::no},
        {"*", ListMatch::yes},
        {"mx.example.org", ListMatch::yes},
        {"MX.Example.ORG : other", ListMatch::yes},
        {"other : *.example.org", ListMatch::yes},
        {"*.org : +x", ListMatch::yes},
        {"example.org", ListMatch::no},
        {"192.0.2.1", ListMatch::yes},
        {"192.0.2.0/24", ListMatch::yes},
        {"<; 2001:db8::/32 ; 192.0.2.1", ListMatch::yes},
        {"192.0.3.0/24", ListMatch::no},
        {"!mx.example.org : *", ListMatch::no},
        {"! 192.0.2.0/24 : *", ListMatch::no},
        {"!other.example", ListMatch::yes},
        {"+relay_hosts", ListMatch::ask},
        {"^mx\\d", ListMatch::ask},
        {"net-lsearch;/etc/hosts.list", ListMatch::ask},
        {"/etc/hosts.list", ListMatch::ask},
        {"@[]", ListMatch::ask},
        {"other : +relay_hosts", ListMatch::ask},
    };
    for (const auto& one : cases)
        EXPECT_EQ(match_host_list(one.list, "mx.example.org", *net::Address::parse("192.0.2.1")), one.want) << one.list;
}

TEST(SmtpOptions, KnowAllOfTheTransportsOptions)
{
    EXPECT_EQ(option_table.size(), 79u + 11); // manual chapter 30.4; router's finished dkim_signature, and what all transports have
    const auto read = SmtpOptions::read({{"port", "2525"}, {"connect_timeout", "1m30s"}, {"size_addition", "-1"}, {"keepalive", "false"},
                                         {"dscp", "ef"}, {"protocol", "LMTP"}, {"disable_logging", "true"}, {"rcpt_include_affixes", "true"}, {"hosts_try_dane", ""}, {"tls_require_ciphers", "HIGH"}});
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(read->connect_timeout, Duration{90'000});
    EXPECT_EQ(read->size_addition, -1);
    EXPECT_EQ(read->protocol, "lmtp");
    EXPECT_EQ(read->dscp, 46);
    EXPECT_FALSE(read->keepalive);
    EXPECT_NE(read->fingerprint(), SmtpOptions{}.fingerprint());
}

}
}
