// What av_scanner and spamd_address may say (manual chapter 45), and in which order servers are tried.

#include "common/scan/servers.h"

#include <gtest/gtest.h>

#include <map>

namespace gp::scan {
namespace {

double always_half()
{
    return 0.5;
}

std::string error_of(const Result<std::vector<Server>>& servers)
{
    return servers ? "" : servers.error().text;
}

TEST(ScannerServers, HaveAHostAndAPortOrAPath)
{
    const auto servers = spam_servers("192.0.2.10 783 : /run/spamd.sock : spam.example 783-785");
    ASSERT_TRUE(servers);
    ASSERT_EQ(servers->size(), 3u);
    EXPECT_EQ((*servers)[0].host, "192.0.2.10");
    EXPECT_EQ((*servers)[0].first_port, 783);
    EXPECT_EQ((*servers)[0].timeout, std::chrono::minutes(2));
    EXPECT_TRUE((*servers)[1].is_unix());
    EXPECT_EQ((*servers)[2].last_port, 785);
}

TEST(ScannerServers, HaveTheOptionsOfTheManual)
{
    const auto servers = spam_servers("<; ::1 11333 pri=3 weight=5 time=8.30-17 retry=10s tmo=1m variant=rspamd");
    ASSERT_TRUE(servers) << servers.error().text;
    const auto& server = servers->front();
    EXPECT_EQ(server.host, "::1");
    EXPECT_EQ(server.priority, 3);
    EXPECT_EQ(server.weight, 5u);
    ASSERT_TRUE(server.hours);
    EXPECT_EQ(server.hours->begin, 8 * 3600 + 30 * 60);
    EXPECT_EQ(server.hours->end, 17 * 3600);
    EXPECT_EQ(server.retry, std::chrono::seconds(10));
    EXPECT_EQ(server.timeout, std::chrono::minutes(1));
    EXPECT_TRUE(server.is_rspamd);
}

TEST(ScannerServers, MayHaveASeparatorOfTheirOwn)
{
    const auto servers = spam_servers("<,127.0.0.1,783,pri=2");
    EXPECT_FALSE(servers); // the outer list is split first
    const auto inner = spam_servers("<;<,127.0.0.1,783,pri=2;127.0.0.1 784");
    ASSERT_TRUE(inner) << inner.error().text;
    EXPECT_EQ(inner->front().priority, 2);
    EXPECT_EQ(inner->back().first_port, 784);
}

TEST(ScannerServers, AreRefusedByName)
{
    const std::map<std::string, std::string> wrong = {
        {"127.0.0.1 783 backup", "\"backup\" is no option of a spam server: pri=, weight=, time=, retry=, tmo= and variant=rspamd are"},
        {"127.0.0.1 0", "\"0\" is no port"},
        {"127.0.0.1 9-8", "\"9-8\" is no range of ports"},
        {"127.0.0.1", "\"127.0.0.1\": HOST PORT is wanted, or the path of a socket"},
        {"127.0.0.1 783 time=25-26", "\"25\" is no time of day"},
        {"127.0.0.1 783 time=8", "time= wants START-END, and has \"8\""},
        {"", "no useable spamd server addresses in spamd_address configuration option."},
    };
    for (const auto& [option, reason] : wrong)
        EXPECT_EQ(error_of(spam_servers(option)), reason) << option;
    std::string many;
    for (int i = 0; i < 33; ++i)
        many += "127.0.0.1 783 : ";
    EXPECT_EQ(error_of(spam_servers(many)), "more than 32 servers");
}

TEST(ClamdServers, AreOneSocketOrManyPorts)
{
    EXPECT_EQ(virus_servers("clamd")->front().host, "/tmp/clamd");
    EXPECT_EQ(virus_servers("clamd:/opt/clamd/socket")->front().host, "/opt/clamd/socket");
    EXPECT_EQ(virus_servers("clamd:192.0.2.3 1234:local")->size(), 1u);
    EXPECT_EQ(virus_servers("clamd:192.0.2.3 1234 retry=10s")->front().retry, std::chrono::seconds(10));
    EXPECT_EQ(virus_servers("clamd:192.0.2.3 1234 : 192.0.2.4 1234")->size(), 2u);
    EXPECT_EQ(error_of(virus_servers("clamd:/a:127.0.0.1 1")), "only one server is possible with the Unix socket /a");
    EXPECT_EQ(error_of(virus_servers("clamd:127.0.0.1 1 pri=2")), "\"pri=2\" is no option of a clamd server: retry= is");
}

TEST(VirusScanners, AreRefusedByNameWhereNobodySpeaksTheirLanguage)
{
    for (const char* type : {"aveserver", "kavdaemon", "mksd"})
        EXPECT_TRUE(error_of(virus_servers(std::string(type) + ":/run/x")).starts_with("the scanner type \"" + std::string(type) + "\" is not supported"))
            << type;
    EXPECT_EQ(error_of(virus_servers("clmad:/run/x")), "unknown scanner type 'clmad' (did you mean \"clamd\"?)");
    EXPECT_EQ(error_of(virus_servers("sophei:/run/x")), "unknown scanner type 'sophei' (did you mean \"sophie\"?)");
}

TEST(VirusScanners, OfThisHostOpenTheMessageThemselves)
{
    EXPECT_TRUE(virus_scanner("clamd:/run/clamd.sock")->wants_file);
    EXPECT_TRUE(virus_scanner("clamd:127.0.0.1 3310:local")->wants_file);
    EXPECT_FALSE(virus_scanner("clamd:192.0.2.3 3310")->wants_file);
    EXPECT_EQ(virus_scanner("sophie")->servers.front().host, "/var/run/sophie");
    EXPECT_EQ(virus_scanner("f-prot6d")->servers.front().first_port, 10200);
    EXPECT_EQ(virus_scanner("avast:/run/avast.sock:FLAGS -fullfiles")->options.front(), "FLAGS -fullfiles");
    EXPECT_EQ(virus_scanner("sock:127.0.0.1 6001:SCAN %s:VIRUS:NAME (.*)")->options.size(), 3u);
    EXPECT_EQ(virus_scanner("sock:127.0.0.1 6001: :VIRUS:NAME (.*)")->options.front(), "%s\\n"); // the default
    EXPECT_TRUE(error_of(virus_servers("sock:127.0.0.1 6001:SCAN:VIRUS")).starts_with("sock wants"));
    EXPECT_EQ(virus_scanner("f-protd")->servers.front().last_port, 10204);
    EXPECT_TRUE(virus_scanner("drweb")->wants_file);
    EXPECT_FALSE(virus_scanner("drweb:192.168.2.20 31337")->wants_file);
    EXPECT_EQ(error_of(virus_servers("sophie:/run/s:x")), "\"x\" is no option of sophie");
}

TEST(VirusScanners, MayBeAProgramWithoutAShell)
{
    const auto sweep = virus_scanner("cmdline:/path/to/sweep -ss -all %s:found in file:'(.+)'");
    ASSERT_TRUE(sweep);
    EXPECT_TRUE(sweep->servers.empty() && sweep->wants_file);
    EXPECT_EQ(*scan_command(sweep->options.front(), "/s p/scan/id"), (std::vector<std::string>{"/path/to/sweep", "-ss", "-all", "/s p/scan/id"}));
    EXPECT_TRUE(error_of(virus_servers("cmdline:/bin/scan %s:found")).starts_with("cmdline wants a command, and two patterns"));
    EXPECT_TRUE(error_of(virus_servers("cmdline:scan %s:found:(.*)")).starts_with("cmdline wants the absolute path"));
    EXPECT_TRUE(error_of(virus_servers("cmdline:/bin/scan %s 2>/dev/null:found:(.*)")).starts_with("cmdline's command is run without a shell"));
    EXPECT_TRUE(error_of(virus_servers("cmdline:/bin/scan %s:foo(:(.*)")).starts_with("cmdline: "));
    EXPECT_TRUE(error_of(virus_servers("cmdline:/bin/scan %s:a:(b):c")).starts_with("cmdline has a command and two patterns"));
}

TEST(ScannerOrder, IsByPriorityAndByChanceAmongEquals)
{
    auto servers = *spam_servers("a.example 1 : b.example 2 pri=2 : c.example 3");
    const auto order = in_order(servers, 0, always_half);
    ASSERT_EQ(order.size(), 3u);
    EXPECT_EQ(order[0].host, "b.example");

    static int turn = 0;
    const auto evenly = [] { return (++turn * 37 % 101 + 1) / 102.0; };
    std::map<std::string, int> first;
    servers = *spam_servers("a.example 1 weight=9 : b.example 2 weight=1");
    for (int i = 0; i < 1000; ++i)
        ++first[in_order(servers, 0, evenly).front().host];
    EXPECT_GT(first["a.example"], 700);
    EXPECT_GT(first["b.example"], 10);
}

TEST(ScannerOrder, LeavesOutWhoIsClosed)
{
    const auto servers = *spam_servers("a.example 1 time=8-17 : b.example 2");
    EXPECT_EQ(in_order(servers, 7 * 3600, always_half).size(), 1u);
    EXPECT_EQ(in_order(servers, 8 * 3600, always_half).size(), 2u);
    EXPECT_EQ(in_order(servers, 17 * 3600, always_half).size(), 1u);
}

}
}
