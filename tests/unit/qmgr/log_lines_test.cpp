#include "qmgr/log_lines.h"

#include <gtest/gtest.h>

#include "common/base/elapsed.h"

namespace gp::qmgr {
namespace {

const LogSelector usual;

LogSelector everything()
{
    return LogSelector::parse("+all");
}

// The shapes below are lines that Exim 4.96 wrote (the manual's chapter 53, Exim's test suite, and runs of
// Debian's package with log_selector = +all), without their time stamps.

TEST(LogLines, LocalDelivery)
{
    const LineAddress to{.address = "marv@hitch.fict.example",
                         .original = "marv@hitch.fict.example",
                         .local_part = "marv",
                         .router = "localuser",
                         .transport = "local_delivery"};
    EXPECT_EQ(delivered_line(usual, "16ZCW1-0005MB-00", true, to, {}, {}, 100, {}),
              "16ZCW1-0005MB-00 => marv <marv@hitch.fict.example> R=localuser T=local_delivery");
}

TEST(LogLines, RemoteDelivery)
{
    const LineAddress to{.address = "monk@holistic.fict.example",
                         .original = "monk@holistic.fict.example",
                         .router = "dnslookup",
                         .transport = "remote_smtp"};
    const LineHost host{.name = "holistic.fict.example", .address = "192.168.234.234", .port = 25};
    EXPECT_EQ(
        delivered_line(usual, "16ZCW1-0005MB-00", true, to, {}, host, 100, {}),
        "16ZCW1-0005MB-00 => monk@holistic.fict.example R=dnslookup T=remote_smtp H=holistic.fict.example "
        "[192.168.234.234]");
}

TEST(LogLines, EverySelectorAtItsPlace)
{
    const LineAddress to{.address = "bob@x.ex",
                         .original = "two@test.ex",
                         .ancestors = {"al@test.ex"},
                         .sender = "root@test.ex",
                         .return_path = "root@test.ex",
                         .router = "r2",
                         .transport = "t1"};
    const LineHost host{.name = "127.0.0.1",
                        .address = "127.0.0.1",
                        .port = 2525,
                        .interface_address = "127.0.0.1",
                        .interface_port = 56702};
    delivery::Outcome outcome;
    outcome.text = "250-a \"q\" \\ b\n250 OK";
    outcome.pipelining = outcome.chunking = true;
    outcome.authenticated_as = "plain:user:root@test.ex";
    const LineTimes times{.on_queue = 219'500, .delivery = 92'100};
    EXPECT_EQ(
        delivered_line(everything(), "1xUiiB-0004zt-2n", true, to, outcome, host, 275, times),
        "1xUiiB-0004zt-2n => bob@x.ex (al@test.ex) <two@test.ex> F=<root@test.ex> P=<root@test.ex> R=r2 T=t1 "
        "S=275 H=127.0.0.1 [127.0.0.1]:2525 I=[127.0.0.1]:56702 A=plain:user:root@test.ex L K "
        "C=\"250-a \\\"q\\\" \\\\ b\\\\n250 OK\" QT=0.219s DT=0.092s");
    EXPECT_EQ(delivered_line(usual, "1xUiiB-0004zt-2n", false, to, outcome, host, 275, times),
              "1xUiiB-0004zt-2n -> bob@x.ex <two@test.ex> R=r2 T=t1 H=127.0.0.1 [127.0.0.1] "
              "A=plain:user:root@test.ex K C=\"250-a \\\"q\\\" \\\\ b\\\\n250 OK\"");
}

TEST(LogLines, MarksAHostThatWasNotWaitedFor)
{
    const LineAddress to{.address = "b@test.ex", .original = "b@test.ex", .router = "r", .transport = "t"};
    delivery::Outcome outcome;
    outcome.pipelining = outcome.early_pipe = true;
    const LineHost host{.name = "mx", .address = "192.0.2.1", .port = 25};
    EXPECT_EQ(delivered_line(LogSelector::parse("+pipelining"), "ID", true, to, outcome, host, 1, {}),
              "ID => b@test.ex R=r T=t H=mx [192.0.2.1] L*");
    EXPECT_EQ(delivered_line(usual, "ID", true, to, outcome, host, 1, {}), "ID => b@test.ex R=r T=t H=mx [192.0.2.1]");
}

TEST(LogLines, NamesASocksProxyWhereItIsAskedTo)
{
    const LineAddress to{.address = "b@test.ex", .original = "b@test.ex", .router = "r", .transport = "t"};
    delivery::Outcome outcome;
    outcome.proxy_address = "192.0.2.9";
    outcome.proxy_port = 1080;
    outcome.text = "250 OK";
    const LineHost host{.name = "mx", .address = "192.0.2.1", .port = 25};
    EXPECT_EQ(delivered_line(LogSelector::parse("+proxy"), "ID", true, to, outcome, host, 1, {}),
              "ID => b@test.ex R=r T=t H=mx [192.0.2.1] PRX=[192.0.2.9] C=\"250 OK\"");
    EXPECT_EQ(delivered_line(LogSelector::parse("+proxy +outgoing_port"), "ID", true, to, outcome, host, 1, {}),
              "ID => b@test.ex R=r T=t H=mx [192.0.2.1]:25 PRX=[192.0.2.9]:1080 C=\"250 OK\"");
    EXPECT_EQ(delivered_line(usual, "ID", true, to, outcome, host, 1, {}), "ID => b@test.ex R=r T=t H=mx [192.0.2.1] C=\"250 OK\"");
}

TEST(LogLines, TlsAndReusedConnection)
{
    const LineAddress to{
        .address = "b@test.ex", .original = "B@test.ex", .router = "client", .transport = "send_to_server"};
    delivery::Outcome outcome;
    outcome.text = "250 OK id=10HmaX-0005vi-00";
    outcome.tls_cipher = "TLS1.3:ECDHE-RSA-AES256-SHA384:256";
    outcome.tls_certificate_verified = true;
    outcome.tls_peer_dn = "CN=server1.example.com";
    const LineHost host{.name = "127.0.0.1", .address = "127.0.0.1", .reused = true};
    EXPECT_EQ(delivered_line(usual, "ID", true, to, outcome, host, 0, {}),
              "ID => b@test.ex <B@test.ex> R=client T=send_to_server H=127.0.0.1 [127.0.0.1]* "
              "X=TLS1.3:ECDHE-RSA-AES256-SHA384:256 CV=yes C=\"250 OK id=10HmaX-0005vi-00\"");
    outcome.dane = true;
    EXPECT_EQ(delivered_line(LogSelector::parse("+tls_peerdn -smtp_confirmation"), "ID", true, to, outcome,
                             host, 0, {}),
              "ID => b@test.ex <B@test.ex> R=client T=send_to_server H=127.0.0.1 [127.0.0.1]* "
              "X=TLS1.3:ECDHE-RSA-AES256-SHA384:256 CV=dane DN=\"CN=server1.example.com\"");
}

TEST(LogLines, WhatWasOnlyPretendedHasAFlagOfItsOwn)
{
    const LineAddress to{.address = "b@x.ex", .original = "b@x.ex", .router = "r", .transport = "t", .pretended = true};
    EXPECT_EQ(delivered_line(usual, "ID", true, to, {}, {}, 0, {}), "ID *> b@x.ex R=r T=t");
    EXPECT_EQ(delivered_line(usual, "ID", false, to, {}, {}, 0, {}), "ID *> b@x.ex R=r T=t");
}

TEST(LogLines, FilesPipesAndParents)
{
    LineAddress to{.address = "/dev/null",
                   .original = "faq@x.ex",
                   .ancestors = {"list@x.ex"},
                   .kind = "file",
                   .router = "aliases",
                   .transport = "address_file"};
    EXPECT_EQ(delivered_line(usual, "ID", true, to, {}, {}, 0, {}),
              "ID => /dev/null (list@x.ex) <faq@x.ex> R=aliases T=address_file");
    to.ancestors.clear();
    EXPECT_EQ(delivered_line(usual, "ID", true, to, {}, {}, 0, {}),
              "ID => /dev/null <faq@x.ex> R=aliases T=address_file");
}

TEST(LogLines, DiscardedDelivery)
{
    EXPECT_EQ(
        discarded_line(
            usual, "10HmaX-0005vi-00",
            {.address = ":blackhole:", .original = "hole@nowhere.example", .router = "blackhole_router"}),
        "10HmaX-0005vi-00 => :blackhole: <hole@nowhere.example> R=blackhole_router");
    EXPECT_EQ(discarded_line(
                  usual, "16auJc-0001UB-00",
                  {.address = "discarded", .original = "low.club@bridge.example", .router = "userforward"}),
              "16auJc-0001UB-00 => discarded <low.club@bridge.example> R=userforward");
}

TEST(LogLines, Deferrals)
{
    const LineAddress to{.address = "marvin@endrest.example",
                         .original = "marvin@endrest.example",
                         .router = "dnslookup",
                         .transport = "smtp"};
    EXPECT_EQ(
        deferred_line(usual, "16aiQz-0002Q5-00", to, 111, "Connection refused", {}, {}),
        "16aiQz-0002Q5-00 == marvin@endrest.example R=dnslookup T=smtp defer (111): Connection refused");
    EXPECT_EQ(deferred_line(usual, "ID", to, -44,
                            "SMTP error from remote mail server after RCPT TO:<a@b>: 451 later",
                            {.name = "127.0.0.1", .address = "127.0.0.1"}, {}),
              "ID == marvin@endrest.example R=dnslookup T=smtp defer (-44) H=127.0.0.1 [127.0.0.1]: SMTP "
              "error from "
              "remote mail server after RCPT TO:<a@b>: 451 later");
    EXPECT_EQ(deferred_line(usual, "ID", to, 110, "SMTP timeout after initial connection",
                            {.name = "ip4", .address = "192.0.2.1"}, {}),
              "ID == marvin@endrest.example R=dnslookup T=smtp defer (110): Connection timed out H=ip4 "
              "[192.0.2.1]: "
              "SMTP timeout after initial connection");
    EXPECT_EQ(deferred_line(usual, "ID", to, -54, "retry time not reached for any host for 'endrest.example'",
                            {}, {}),
              "ID == marvin@endrest.example R=dnslookup T=smtp defer (-54): retry time not reached for any "
              "host for "
              "'endrest.example'");
    EXPECT_EQ(deferred_line(usual, "ID", to, -52, "retry time not reached", {}, {}),
              "ID == marvin@endrest.example routing defer (-52): retry time not reached");
    EXPECT_EQ(deferred_line(usual, "ID", {.address = "c@one.ex", .original = "c@one.ex"}, -23,
                            "domain is held", {}, {}),
              "ID == c@one.ex defer (-23): domain is held");
    EXPECT_EQ(deferred_line(usual, "ID",
                            {.address = "second@test.ex", .original = "first@test.ex", .router = "first"}, -1,
                            "deferred by aliasfile", {}, {}),
              "ID == second@test.ex <first@test.ex> R=first defer (-1): deferred by aliasfile");
}

TEST(LogLines, DeferralWithEverySelector)
{
    const LineAddress to{.address = "carol@x.ex",
                         .original = "two@test.ex",
                         .ancestors = {"al@test.ex"},
                         .router = "r2",
                         .transport = "t1"};
    const LineHost host{.name = "127.0.0.1",
                        .address = "127.0.0.1",
                        .port = 2525,
                        .interface_address = "127.0.0.1",
                        .interface_port = 56702};
    EXPECT_EQ(
        deferred_line(everything(), "ID", to, -44, "SMTP error", host, {.on_queue = 5, .delivery = 0}),
        "ID == carol@x.ex (al@test.ex) <two@test.ex> R=r2 T=t1 defer (-44) H=127.0.0.1 [127.0.0.1]:2525 "
        "I=[127.0.0.1]:56702 DT=0.000s: SMTP error");
}

TEST(LogLines, Failures)
{
    delivery::Outcome outcome;
    outcome.text = "unknown mail domain";
    EXPECT_EQ(failed_line(usual, "0tRiQz-0002Q5-00",
                          {.address = "jim@trek99.example", .original = "jim@trek99.example"}, outcome, {},
                          {}),
              "0tRiQz-0002Q5-00 ** jim@trek99.example: unknown mail domain");
    outcome.text = "SMTP error from remote mail server after RCPT TO:<dan@x.ex>: 550 no";
    const LineAddress to{.address = "dan@x.ex",
                         .original = "dan@x.ex",
                         .sender = "root@test.ex",
                         .return_path = "root@test.ex",
                         .router = "r2",
                         .transport = "t1"};
    const LineHost host{.name = "127.0.0.1",
                        .address = "127.0.0.1",
                        .port = 2525,
                        .interface_address = "127.0.0.1",
                        .interface_port = 56702};
    EXPECT_EQ(
        failed_line(everything(), "ID", to, outcome, host, {.delivery = 0}),
        "ID ** dan@x.ex F=<root@test.ex> P=<root@test.ex> R=r2 T=t1 H=127.0.0.1 [127.0.0.1]:2525 "
        "I=[127.0.0.1]:56702: SMTP error from remote mail server after RCPT TO:<dan@x.ex>: 550 no DT=0.000s");
    EXPECT_EQ(timed_out_line(usual, "ID", to), "ID ** dan@x.ex: retry timeout exceeded");
    EXPECT_EQ(ignored_line("ID", to), "ID dan@x.ex: error ignored");
    EXPECT_EQ(ignored_line("ID", {.address = "usery@domain1", .original = "userx@domain1"}),
              "ID usery@domain1 <userx@domain1>: error ignored");
}

TEST(LogLines, OfBothPortsThoseThatLogPortsHas)
{
    const mainlog::LineHost host{.name = "h", .address = "1.2.3.4", .port = 25, .interface_address = "5.6.7.8", .interface_port = 999};
    const auto shown = [&](std::string ports) {
        std::string line;
        mainlog::put_host(line, LogSelector::parse("+outgoing_port +incoming_interface", std::move(ports)), host);
        return line;
    };
    EXPECT_EQ(shown("*"), " H=h [1.2.3.4]:25 I=[5.6.7.8]:999");
    EXPECT_EQ(shown("!25"), " H=h [1.2.3.4] I=[5.6.7.8]:999");
    EXPECT_EQ(shown("25"), " H=h [1.2.3.4]:25 I=[5.6.7.8]");
    EXPECT_EQ(shown(""), " H=h [1.2.3.4] I=[5.6.7.8]");
}

TEST(LogLines, HostFailures)
{
    delivery::HostFailure failure{.name = "mail1.endrest.example",
                                  .address = "192.168.239.239",
                                  .port = 25,
                                  .error_name = "refused_MX",
                                  .text = "Connection refused"};
    EXPECT_EQ(host_failure_line(usual, "ID", failure),
              "ID H=mail1.endrest.example [192.168.239.239] Connection refused");
    EXPECT_EQ(host_failure_line(LogSelector::parse("+outgoing_port"), "ID", failure),
              "ID H=mail1.endrest.example [192.168.239.239]:25 Connection refused");
    EXPECT_EQ(host_failure_line(LogSelector::parse("+outgoing_port", "!25"), "ID", failure),
              "ID H=mail1.endrest.example [192.168.239.239] Connection refused");
    failure.text = "SMTP timeout after initial connection: Connection timed out";
    failure.error_name = "timeout_MX";
    EXPECT_EQ(host_failure_line(usual, "ID", failure),
              "ID H=mail1.endrest.example [192.168.239.239]: SMTP timeout after initial connection: "
              "Connection timed out");
}

TEST(LogLines, EndsAndFreezing)
{
    EXPECT_EQ(completed_line(usual, "16ZCW1-0005MB-00", 5), "16ZCW1-0005MB-00 Completed");
    EXPECT_EQ(completed_line(everything(), "ID", 118'000), "ID Completed QT=0.118s");
    EXPECT_EQ(completed_line(LogSelector::parse("+queue_time_overall"), "ID", 936'000'000),
              "ID Completed QT=15m36s");
    EXPECT_EQ(frozen_line("ID", ""), "ID Frozen");
    EXPECT_EQ(frozen_line("ID", "delivery error message"), "ID Frozen (delivery error message)");
    EXPECT_EQ(is_frozen_line("ID"), "ID Message is frozen");
    EXPECT_EQ(start_run_line(77, "", "-qf"), "Start queue run: pid=77 -qf");
    EXPECT_EQ(end_run_line(77, "slow", ""), "End 'slow' queue run: pid=77");
}

TEST(LogLines, AllParentsStandBetweenAnAddressAndItsRecipient)
{
    const LineAddress to{.address = "x@d.ex", .original = "rrrx@d.ex", .ancestors = {"rx@d.ex", "rrx@d.ex"}};
    const auto shown = [](const LineAddress& address, std::string_view selector) {
        std::string line;
        put_address(line, LogSelector::parse(selector), address, true);
        return line;
    };
    EXPECT_EQ(shown(to, ""), "x@d.ex <rrrx@d.ex>");
    EXPECT_EQ(shown(to, "+all_parents"), "x@d.ex (rx@d.ex, rrx@d.ex) <rrrx@d.ex>");
    auto file = to;
    file.kind = "file";
    EXPECT_EQ(shown(file, ""), "x@d.ex (rx@d.ex) <rrrx@d.ex>");
}

// ":fail:" and ":defer:" alone (Exim 4.96 for an alias that says no more).
TEST(LogLines, a_decision_without_a_reason_has_its_colon)
{
    const LineAddress to{.address = "f@alias.ex", .original = "f@alias.ex", .router = "a"};
    EXPECT_EQ(failed_line(usual, "1xVXMn-0006g4-2Q", to, {}, {}, {}), "1xVXMn-0006g4-2Q ** f@alias.ex R=a: ");
    EXPECT_EQ(deferred_line(usual, "1xVXMn-0006g4-2Q", to, -1, "", {}, {}), "1xVXMn-0006g4-2Q == f@alias.ex R=a defer (-1): ");
}

TEST(LogLines, Times)
{
    EXPECT_EQ(format_elapsed(225'000'000, false), "3m45s");
    EXPECT_EQ(format_elapsed(1'578'300, true), "1.578s");
    EXPECT_EQ(format_elapsed(1'578'300, false), "1s");
    EXPECT_EQ(format_elapsed(5'100'000, true), "5s");
    EXPECT_EQ(format_elapsed(0, false), "0s");
}

TEST(LogSelector, ReadsWordsInOrder)
{
    const auto selector = LogSelector::parse("+all -pipelining +queue_time-retry_defer arguments");
    EXPECT_TRUE(selector.all_parents);
    EXPECT_FALSE(selector.pipelining);
    EXPECT_TRUE(selector.queue_time);
    EXPECT_FALSE(selector.retry_defer);
    EXPECT_TRUE(LogSelector::parse("").tls_cipher);
    EXPECT_FALSE(LogSelector::parse("-all").tls_cipher);
}

}
}
