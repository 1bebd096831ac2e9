#include "router/lasting.h"

#include <gtest/gtest.h>

#include "common/dns/fake_resolver.h"
#include "router/message_scene.h"
#include "router/world.h"

namespace gp::router {
namespace {

// Routes one address by the given routers and transports; does the answer last?
bool lasts(const std::string& routers, const std::string& lists = {}, const std::string& transports = {})
{
    const std::string text = "primary_hostname = mx.example\n" + lists + "\nbegin routers\n" + routers +
                             "\nbegin transports\nsmtp:\n  driver = smtp\n  allow_localhost\n" + transports;
    const auto loaded = conf::load({.name = "conf", .text = text}, {.host_name = "mx.example"});
    EXPECT_TRUE(loaded) << loaded.problems.text();
    if (!loaded)
        return false;
    dns::FakeResolver resolver{"far.example A 192.0.2.7\n"};
    const SystemClock clock;
    auto world = World::make(loaded.configuration, Parameters{.read_hosts_file = false}, resolver, clock);
    EXPECT_TRUE(world) << world.error().text;
    const mail::Origin origin;
    const std::vector<mail::Variable> variables;
    MessageScene message{**world, origin, variables, {.sender = "a@b.example"}};
    const Occasion occasion{.sender = "a@b.example", .purpose = {}, .base = &message.scene()};
    return (*world)->chain().route("user@far.example", 0, occasion).lasts;
}

std::string smarthost(const std::string& options)
{
    return "smarthost:\n  driver = manualroute\n  transport = smtp\n  route_list = * 192.0.2.9\n" + options;
}

TEST(Lasting, AFixedHostForPlainListsOfDomainsLasts)
{
    EXPECT_TRUE(lasts(smarthost("  domains = ! +local : *.example\n"), "domainlist local = here.example : @\n"));
    EXPECT_TRUE(lasts(smarthost("  senders = a@b.example : *@c.example\n  headers_add = X-Way: smarthost\n")));
}

TEST(Lasting, WhatDependsOnAnythingElseDoesNot)
{
    EXPECT_FALSE(lasts(smarthost("  condition = ${if eq{$h_x:}{y}{no}{yes}}\n")));
    EXPECT_FALSE(lasts(smarthost("  domains = ${if eq{1}{1}{*}}\n")));
    EXPECT_FALSE(lasts(smarthost("  domains = +local : *.example\n"),
                       "domainlist local = ${if eq{1}{1}{none.example}}\n"));
    EXPECT_FALSE(lasts(smarthost("  headers_add = X-Id: $message_exim_id\n")));
    EXPECT_FALSE(lasts(smarthost("  hosts_randomize\n")));
    EXPECT_FALSE(lasts("named:\n  driver = manualroute\n  transport = smtp\n  route_list = * far.example\n"));
    EXPECT_FALSE(lasts("dns:\n  driver = dnslookup\n  transport = smtp\n"));
}

TEST(Lasting, ARouterThatIsSkippedByItsListsMayHaveWhateverOptions)
{
    const std::string users = "users:\n  driver = accept\n  check_local_user\n  transport = smtp\n  domains = ";
    EXPECT_TRUE(lasts(users + "here.example\n" + smarthost("")));
    EXPECT_FALSE(lasts(users + "far.example\n" + smarthost("")));
    EXPECT_FALSE(lasts(users + "${lc:HERE.example}\n" + smarthost("")));
}

TEST(Lasting, TheTransportCountsToo)
{
    const std::string stamped = "stamped:\n  driver = smtp\n  allow_localhost\n  headers_add = X-To: $domain\n";
    EXPECT_FALSE(lasts("r:\n  driver = manualroute\n  transport = stamped\n  route_list = * 192.0.2.9\n", {}, stamped));
}

TEST(Lasting, ADeferralIsNotKept)
{
    EXPECT_FALSE(lasts("r:\n  driver = manualroute\n  route_list = * 192.0.2.9\n")); // it has no transport
}

}
}
