// Host lists (manual 10.10 to 10.19): addresses, networks, names in both directions, and what is done when a
// name cannot be found out.

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/match/ground.h"

namespace gp::match {
namespace {

constexpr std::string_view zone = "4.3.2.1.in-addr.arpa PTR host.ex\nhost.ex A 1.2.3.4\n"
                                  "5.3.2.1.in-addr.arpa SERVFAIL\nslow.ex SERVFAIL\nother.ex A 9.9.9.9\n";

TEST(HostList, AddressesAndNetworks)
{
    Ground ground;
    EXPECT_EQ(ground.host("1.2.3.4 : 10.0.0.0/8", "10.9.9.9").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("1.2.3.4 : 10.0.0.0/8", "11.9.9.9"), "no");
    EXPECT_EQ(ground.host("!10.1.0.0/16 : 10.0.0.0/8", "10.1.2.3"), "no");
    EXPECT_EQ(ground.host("<; 2001:db8::/32", "2001:db8::1").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("1.2.3.4", "::ffff:1.2.3.4").substr(0, 3), "yes") << "an IPv4 address in IPv6 clothes";
    EXPECT_EQ(ground.host("@[]", "192.0.2.1").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("*", "5.6.7.8").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("0.0.0.0/0", "5.6.7.8").substr(0, 3), "yes");
}

TEST(HostList, TheEmptyItemIsALocalMessage)
{
    Ground ground;
    EXPECT_EQ(ground.host(":", "").substr(0, 3), "yes");
    EXPECT_EQ(ground.host(":", "1.2.3.4"), "no");
    EXPECT_EQ(ground.host("10.0.0.0/8", ""), "no");
    EXPECT_EQ(ground.host("*", "").substr(0, 3), "yes");
}

TEST(HostList, NamesAreLookedUpForward)
{
    Ground ground({}, zone);
    EXPECT_EQ(ground.host("host.ex", "1.2.3.4").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("other.ex : host.ex", "1.2.3.4").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("other.ex", "1.2.3.4"), "no");
    EXPECT_EQ(ground.host("slow.ex", "1.2.3.4").substr(0, 6), "defer:");
    EXPECT_EQ(ground.host("+ignore_defer : slow.ex : host.ex", "1.2.3.4").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("+include_defer : slow.ex", "1.2.3.4").substr(0, 3), "yes");
}

TEST(HostList, PatternsWantTheHostsName)
{
    Ground ground({}, zone);
    EXPECT_EQ(ground.host("*.ex", "1.2.3.4").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("^host\\.", "1.2.3.4").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("*.ex : *", "7.7.7.7"), "no") << "an unknown name ends the list";
    EXPECT_EQ(ground.host("+ignore_unknown : *.ex : *", "7.7.7.7").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("+include_unknown : *.ex", "7.7.7.7").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("*.ex", "1.2.3.5").substr(0, 6), "defer:");
    EXPECT_EQ(ground.host("+include_defer : *.ex", "1.2.3.5").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("1.2.3.5 : *.ex", "1.2.3.5").substr(0, 3), "yes") << "addresses first: nobody is asked";
}

TEST(HostList, WhatLeadsNowhereIsToldOfOnce)
{
    Ground ground({}, zone);
    EXPECT_EQ(ground.host("nobody.ex", "1.2.3.4"), "no");
    EXPECT_EQ(ground.host("+ignore_unknown : *.ex : ^a : nobody.ex", "7.7.7.7"), "no");
    EXPECT_EQ(ground.host("host.ex : *.ex", "1.2.3.4").substr(0, 3), "yes");
    EXPECT_EQ(ground.asker.told, "no address: nobody.ex\nno name: 7.7.7.7\nno address: nobody.ex\n");
}

TEST(HostList, LookupsByAddressAndByName)
{
    Ground ground({}, zone);
    const auto table = ground.write("t", "1.2.3.4: whole\n10.0.0.0/8: net\n2001.0db8.0000.0000.0000.0000.0000.0001: six\nhost.ex: name\n");
    EXPECT_EQ(ground.host("net-lsearch;" + table, "1.2.3.4"), "yes whole");
    EXPECT_EQ(ground.host("net8-lsearch;" + table, "10.1.2.3"), "yes net");
    EXPECT_EQ(ground.host("net-lsearch;" + table, "2001:db8::1"), "yes six");
    EXPECT_EQ(ground.host("lsearch;" + table, "1.2.3.4"), "yes name");
    const auto networks = ground.write("ip", "10.0.0.0/8: wide\n\"2001:db8::/32\": six\n");
    EXPECT_EQ(ground.host("net-iplsearch;" + networks, "10.1.2.3"), "yes wide");
    EXPECT_EQ(ground.host("net-iplsearch;" + networks, "2001:db8::9"), "yes six");
}

TEST(HostList, ThousandsOfNetworksKeepTheirOrder)
{
    std::string text;
    for (int i = 0; i < 10000; ++i)
        text += "10." + std::to_string(i / 256) + '.' + std::to_string(i % 256) + ".0/24 : ";
    Ground ground;
    EXPECT_EQ(ground.host(text, "10.39.15.7").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("!10.39.0.0/16 : " + text, "10.39.15.7"), "no");
    EXPECT_EQ(ground.host(text + "!10.0.0.0/8 : *", "10.200.0.1"), "no");
}

TEST(IpList, NeverAsksForNames)
{
    Ground ground({}, zone);
    const auto list = List::compile(ground.lists, Kind::host, Text::clean("1.2.3.4 : host.ex : 9.9.9.9"), false, true);
    ASSERT_TRUE(list);
    EXPECT_EQ(Ground::shown(ground.lists.ip(list, "1.2.3.4", ground.asker)).substr(0, 3), "yes");
    EXPECT_EQ(Ground::shown(ground.lists.ip(list, "9.9.9.9", ground.asker)), "no") << "a name ends the list";
    const auto ask = [&](const std::string& text, const std::string& address) {
        const auto made = List::compile(ground.lists, Kind::host, Text::clean(text), false, true);
        return Ground::shown(ground.lists.ip(made, address, ground.asker)).substr(0, 3);
    };
    EXPECT_EQ(ask("+ignore_unknown : host.ex : *.ex : ^a : 9.9.9.9", "9.9.9.9"), "yes");
    const auto file = ground.write("names", "host.ex\n9.9.9.9\n"); // a name in a file ends the list too, also behind a "!"
    EXPECT_EQ(ask(file + " : 9.9.9.9", "9.9.9.9"), "no");
    EXPECT_EQ(ask("!" + file + " : 9.9.9.9", "9.9.9.9"), "no");
    EXPECT_EQ(ask("!" + file, "9.9.9.9"), "no");
    EXPECT_EQ(ask("+include_unknown : !host.ex : !*", "9.9.9.9"), "yes");
    EXPECT_EQ(ask("host.ex : *", ""), "yes");
    for (const auto* name : {"10.0.0.0/255.0.0.0", "10.0.0.0/x", "10.0.0.0/8x", "[9.9.9.9]"})
        EXPECT_EQ(ask(std::string(name) + " : *", "9.9.9.9"), "no") << name;
    for (const auto* none : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/99999999999"})
        EXPECT_EQ(ask(std::string(none) + " : *", "9.9.9.9"), "yes") << none;
    EXPECT_EQ(ground.resolver.asked, 0u);
}

// +include_unknown and its kind count in the files behind them.
TEST(IpList, WhatIsSaidOfTheUnknownCountsInFiles)
{
    Ground ground({}, zone);
    const auto file = testing::TempDir() + "/names_in_a_file";
    std::ofstream(file) << "host.ex\n1.2.3.4\n";
    const auto ask = [&](const std::string& text, const std::string& address) {
        const auto made = List::compile(ground.lists, Kind::host, Text::clean(text), false, true);
        return Ground::shown(ground.lists.ip(made, address, ground.asker)).substr(0, 3);
    };
    EXPECT_EQ(ask(file + " : 1.2.3.9", "1.2.3.9"), "no");
    EXPECT_EQ(ask("!" + file + " : 1.2.3.9", "1.2.3.9"), "no");
    EXPECT_EQ(ask("+include_unknown : " + file, "1.2.3.9"), "yes");
    EXPECT_EQ(ask("+include_unknown : !" + file, "1.2.3.9"), "yes");
    EXPECT_EQ(ask("+ignore_unknown : !" + file, "1.2.3.9"), "yes");
    EXPECT_EQ(ask("+ignore_unknown : !" + file, "1.2.3.4"), "no");
    EXPECT_EQ(ask("+ignore_unknown : " + file, "1.2.3.4"), "yes");
}

}
}
