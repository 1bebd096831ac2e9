#include "qmgr/manager.h"

#include <gtest/gtest.h>

#include "tests/unit/qmgr/suite.h"

namespace gp::qmgr {
namespace {

using test::play;
using test::Suite;

TEST(Manager, DeliversANewMessageAtOnce)
{
    play([](Suite& suite) {
        const auto id = suite.send("s@x.example", {"u@there.example"});
        suite.settle();
        EXPECT_TRUE(suite.spool_is_empty());
        EXPECT_EQ(
            suite.told(),
            "A => u@there.example R=dnslookup T=remote_smtp H=mx.there.example [192.0.2.1] C=\"250 OK\"\n"
            "A Completed\n");
        ASSERT_EQ(suite.remote.requests.size(), 1u);
        const auto& request = suite.remote.requests[0];
        EXPECT_EQ(request.id, id);
        EXPECT_EQ(request.ticket, "ticket of " + id);
        EXPECT_EQ(request.sender, "s@x.example");
        EXPECT_EQ(request.size, 1234u);
        EXPECT_TRUE(request.targets.at(0).completes);
        EXPECT_EQ(suite.manager->core().index.size(), 0u);
    });
}

TEST(Manager, PutsRecipientsOfOneHostIntoOneDelivery)
{
    play([](Suite& suite) {
        suite.send("s@x.example",
                   {"a@there.example", "b@there.example", "c@other.example", "d@local.example"});
        suite.settle();
        EXPECT_TRUE(suite.spool_is_empty());
        EXPECT_EQ(suite.remote.requests.size(), 2u);
        EXPECT_EQ(suite.launcher.requests.size(), 1u);
        const auto lines = suite.told();
        EXPECT_NE(lines.find("A => a@there.example R=dnslookup"), std::string::npos) << lines;
        EXPECT_NE(lines.find("A -> b@there.example R=dnslookup"), std::string::npos) << lines;
        EXPECT_NE(lines.find("A => d <d@local.example> R=localuser T=local_delivery\n"), std::string::npos)
            << lines;
        EXPECT_EQ(suite.router.asked, 1u);
    });
}

TEST(Manager, SplitsAtMaxRcpt)
{
    play([](Suite& suite) {
        std::vector<std::string> many;
        for (int i = 0; i < 250; ++i)
            many.push_back("u" + std::to_string(i) + "@there.example");
        suite.send("s@x.example", many);
        suite.settle();
        EXPECT_TRUE(suite.spool_is_empty());
        ASSERT_EQ(suite.remote.requests.size(), 3u);
        EXPECT_EQ(suite.remote.requests[0].targets.size(), 100u);
        EXPECT_EQ(suite.remote.requests[2].targets.size(), 50u);
        EXPECT_EQ(suite.remote.delivered.size(), 250u);
    });
}

TEST(Manager, KeepsRoutersAnswersForTheirLifetime)
{
    play([](Suite& suite) {
        suite.router.lifetime = 60;
        for (int i = 0; i < 5; ++i) {
            suite.send("s@x.example", {"u@there.example"});
            suite.settle();
        }
        EXPECT_EQ(suite.router.asked, 1u);
        suite.advance(61);
        suite.send("s@x.example", {"u@there.example"});
        suite.settle();
        EXPECT_EQ(suite.router.asked, 2u);
        EXPECT_EQ(suite.remote.requests.size(), 6u);
    });
}

TEST(Manager, DefersAHostAndTriesAgainWhenItsTimeHasCome)
{
    play([](Suite& suite) {
        test::refuse_connections(suite.remote);
        const auto id = suite.send("s@x.example", {"u@there.example"});
        suite.settle();
        EXPECT_EQ(suite.told(),
                  "A H=mx.there.example [192.0.2.1] Connection refused\n"
                  "A == u@there.example R=dnslookup T=remote_smtp defer (111): Connection refused\n");
        EXPECT_EQ(suite.spool.messages.at(id).next_try, suite.clock.seconds() + 900);
        EXPECT_EQ(suite.spool.messages.at(id).reason, "H=mx.there.example [192.0.2.1]: Connection refused");

        // A new message for the host waits at once, without an attempt (manual 32).
        suite.send("s@x.example", {"v@there.example"});
        suite.settle();
        EXPECT_EQ(suite.told(),
                  "B == v@there.example R=dnslookup T=remote_smtp defer (-54): retry time not reached "
                  "for any host for 'there.example'\n");
        EXPECT_EQ(suite.remote.requests.size(), 1u);

        suite.run();
        EXPECT_EQ(suite.remote.requests.size(), 1u);
        suite.told();

        suite.remote.fate = {};
        suite.remote.finish = {};
        suite.advance(900);
        suite.run();
        EXPECT_TRUE(suite.spool_is_empty());
        EXPECT_EQ(suite.remote.requests.size(), 3u);
        EXPECT_EQ(suite.manager->core().book->size(), 0u);
    });
}

TEST(Manager, AForcedRunTakesNoNoticeOfRetryTimes)
{
    play([](Suite& suite) {
        test::refuse_connections(suite.remote);
        suite.send("s@x.example", {"u@there.example"});
        suite.settle();
        suite.told();
        suite.run({.force = true, .wait = true});
        EXPECT_EQ(suite.remote.requests.size(), 2u);
        const auto lines = suite.told();
        EXPECT_NE(lines.find(" -qf\nA H=mx"), std::string::npos) << lines;
        EXPECT_NE(lines.find("End queue run: pid="), std::string::npos) << lines;
    });
}

// Manual 32.3 and 49.2: a 4xx after RCPT delays the address in queue runs, under sender and recipient.
TEST(Manager, AnAddressThatAHostDefersWaitsInQueueRuns)
{
    play([](Suite& suite) {
        suite.remote.fate = [](const auto&, const auto& target) {
            return target.address == "slow@there.example"
                       ? test::deferred("SMTP error from remote mail server after RCPT "
                                        "TO:<slow@there.example>: 451 later",
                                        "rcpt_4xx", 451)
                       : delivery::Outcome{.fate = delivery::Fate::delivered};
        };
        const auto id = suite.send("s@x.example", {"ok@there.example", "slow@there.example"});
        suite.settle();
        EXPECT_EQ(
            suite.told(),
            "A => ok@there.example R=dnslookup T=remote_smtp H=mx.there.example [192.0.2.1] C=\"250 OK\"\n"
            "A == slow@there.example R=dnslookup T=remote_smtp defer (-44) H=mx.there.example [192.0.2.1]: "
            "SMTP "
            "error from remote mail server after RCPT TO:<slow@there.example>: 451 later\n");
        EXPECT_TRUE(suite.spool.messages.at(id).envelope.recipients[0].done);
        EXPECT_FALSE(suite.spool.messages.at(id).envelope.recipients[1].done);
        suite.run();
        auto lines = suite.told();
        EXPECT_NE(lines.find("A == slow@there.example routing defer (-52): retry time not reached\n"),
                  std::string::npos)
            << lines;
        EXPECT_EQ(suite.remote.requests.size(), 1u);
        suite.advance(900);
        suite.run();
        ASSERT_EQ(suite.remote.requests.size(), 2u);
        EXPECT_EQ(suite.remote.requests[1].targets.size(), 1u);
        // Another sender's message is tried at once.
        suite.send("other@x.example", {"slow@there.example"});
        suite.settle();
        EXPECT_EQ(suite.remote.requests.size(), 3u);
    });
}

// Local deliveries are always attempted when a message arrives, and wait in queue runs (manual 3.13).
TEST(Manager, ALocalDeliveryWaitsInQueueRuns)
{
    play([](Suite& suite) {
        suite.launcher.fate = [](const auto&, const auto&) {
            delivery::Outcome outcome;
            outcome.error_name = "quota";
            outcome.text = "mailbox is full";
            return outcome;
        };
        suite.send("s@x.example", {"u@local.example"});
        suite.settle();
        EXPECT_EQ(suite.told(),
                  "A == u@local.example R=localuser T=local_delivery defer (-22): mailbox is full\n");
        suite.send("s@x.example", {"u@local.example"});
        suite.settle();
        EXPECT_EQ(suite.launcher.requests.size(), 2u);
        suite.told();
        suite.run();
        const auto lines = suite.told();
        EXPECT_NE(lines.find("A == u@local.example R=localuser T=local_delivery defer (-53): Retry time not "
                             "yet reached\n"),
                  std::string::npos)
            << lines;
        EXPECT_EQ(suite.launcher.requests.size(), 2u);
    });
}

// It runs as the recipient, and its words are the recipient's.
TEST(Manager, ALocalDeliverySaysNothingOfHosts)
{
    play([](Suite& suite) {
        suite.launcher.finish = [](const auto&, delivery::DeliverReply& reply) {
            reply.host_failures.push_back({.name = "mx.there.example", .address = "192.0.2.1", .port = 25, .error_name = "refused_MX", .text = "down"});
        };
        suite.send("s@x.example", {"u@local.example"});
        suite.settle();
        EXPECT_EQ(suite.told().find("192.0.2.1"), std::string::npos);
        suite.send("s@x.example", {"u@there.example"});
        suite.settle();
        EXPECT_EQ(suite.remote.requests.at(0).hosts_to_skip.size(), 0u);
    });
}

TEST(Manager, ReportsFailuresToTheSender)
{
    play([](Suite& suite) {
        suite.remote.fate = [](const auto&, const auto& target) {
            return target.address == "no@there.example"
                       ? test::failed("SMTP error from remote mail server after RCPT TO:<no@there.example>: "
                                      "550 5.1.1 nobody",
                                      550)
                       : delivery::Outcome{.fate = delivery::Fate::delivered};
        };
        suite.send("s@local.example", {"no@there.example", "yes@there.example"});
        ASSERT_TRUE(
            suite.wait_for([&] { return suite.spool_is_empty() && !suite.launcher.requests.empty(); }));
        suite.settle();
        ASSERT_EQ(suite.bounce.reports.size(), 1u);
        const auto& report = suite.bounce.reports[0];
        EXPECT_EQ(report.to, "s@local.example");
        ASSERT_EQ(report.failures.size(), 1u);
        EXPECT_EQ(report.failures[0].address, "no@there.example");
        EXPECT_EQ(report.failures[0].smtp_reply, "550 5.1.1 nobody");
        EXPECT_TRUE(report.failures[0].completes);
        const auto lines = suite.told();
        EXPECT_EQ(lines.substr(0, lines.find('\n')),
                  "A ** no@there.example R=dnslookup T=remote_smtp H=mx.there.example [192.0.2.1]: SMTP "
                  "error from remote "
                  "mail server after RCPT TO:<no@there.example>: 550 5.1.1 nobody");
        EXPECT_NE(lines.find("A Completed\n"), std::string::npos) << lines;
    });
}

// One report of all of them would be too large for a frame, and for header_maxsize.
TEST(Manager, TellsOfManyFailuresInSeveralReports)
{
    play([](Suite& suite) {
        suite.remote.fate = [](const auto&, const auto&) { return test::failed("550 nobody", 550); };
        std::vector<std::string> recipients;
        for (int i = 0; i < 1200; ++i)
            recipients.push_back("u" + std::to_string(i) + "@there.example");
        suite.send("s@local.example", recipients);
        ASSERT_TRUE(suite.wait_for([&] { return suite.bounce.reports.size() >= 3 && suite.spool_is_empty(); }));
        suite.settle();
        ASSERT_EQ(suite.bounce.reports.size(), 3u);
        std::set<std::uint32_t> told;
        for (const auto& report : suite.bounce.reports)
            for (const auto& failure : report.failures) {
                EXPECT_TRUE(failure.completes);
                EXPECT_TRUE(told.insert(failure.recipient).second);
            }
        EXPECT_EQ(told.size(), 1200u);
        EXPECT_LE(suite.bounce.reports[0].failures.size(), 500u);
    });
}

TEST(Manager, GivesUpWhenTheRuleIsExhausted)
{
    play(
        [](Suite& suite) {
            test::refuse_connections(suite.remote);
            suite.send("s@local.example", {"u@there.example"});
            suite.settle();
            suite.told();
            suite.advance(1801);
            suite.run();
            auto lines = suite.told();
            EXPECT_NE(
                lines.find("A == u@there.example R=dnslookup T=remote_smtp defer (111): Connection refused\n"
                           "A ** u@there.example: retry timeout exceeded\n"),
                std::string::npos)
                << lines;
            ASSERT_EQ(suite.bounce.reports.size(), 1u);
            EXPECT_EQ(suite.bounce.reports[0].failures.at(0).text, "retry timeout exceeded");
            EXPECT_TRUE(suite.spool_is_empty());

            // For a while nobody tries that host (manual 32.10, delay_after_cutoff).
            suite.send("s@local.example", {"w@there.example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.bounce.reports.size() == 2; }));
            suite.settle();
            EXPECT_EQ(suite.remote.requests.size(), 2u);
            lines = suite.told();
            EXPECT_NE(lines.find("w@there.example R=dnslookup T=remote_smtp: all hosts for 'there.example' "
                                 "have been failing "
                                 "for a long time (and retry time not reached)\n"),
                      std::string::npos)
                << lines;
        },
        [](Suite& suite) { suite.rules = {"* * F,30m,10m"}; });
}

TEST(Manager, WithoutRetryRulesTemporaryErrorsArePermanent)
{
    play(
        [](Suite& suite) {
            test::refuse_connections(suite.remote);
            suite.send("s@local.example", {"u@there.example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.bounce.reports.size() == 1; }));
            suite.settle();
            EXPECT_NE(suite.told().find("A ** u@there.example: retry timeout exceeded\n"), std::string::npos);
        },
        [](Suite& suite) { suite.rules = {}; });
}

TEST(Manager, FreezesABounceThatCannotBeDelivered)
{
    play(
        [](Suite& suite) {
            suite.remote.fate = [](const auto&, const auto&) { return test::failed("550 no", 550); };
            const auto id = suite.send("", {"gone@there.example"});
            suite.settle();
            const auto lines = suite.told();
            EXPECT_NE(lines.find("A Frozen (delivery error message)\n"), std::string::npos) << lines;
            EXPECT_TRUE(suite.spool.messages.at(id).envelope.frozen);
            EXPECT_TRUE(suite.bounce.reports.empty());
            suite.run();
            EXPECT_NE(suite.told().find("A Message is frozen\n"), std::string::npos);
            EXPECT_EQ(suite.remote.requests.size(), 1u);

            suite.advance(3601); // ignore_bounce_errors_after
            suite.run();
            const auto after = suite.told();
            EXPECT_NE(after.find("A Unfrozen by errmsg timer\n"), std::string::npos) << after;
            EXPECT_NE(after.find("A gone@there.example: error ignored\nA Completed\n"), std::string::npos)
                << after;
            EXPECT_TRUE(suite.spool_is_empty());
        },
        [](Suite& suite) { suite.parameters.ignore_bounce_errors_after = 3600; });
}

TEST(Manager, ForgetsABounceThatTimedOut)
{
    play(
        [](Suite& suite) {
            test::refuse_connections(suite.remote);
            suite.send("", {"u@there.example"});
            suite.settle();
            EXPECT_EQ(suite.told(),
                      "A H=mx.there.example [192.0.2.1] Connection refused\n"
                      "A == u@there.example R=dnslookup T=remote_smtp defer (111): Connection refused\n"
                      "A ** u@there.example: retry timeout exceeded\n"
                      "A u@there.example: error ignored\n"
                      "A Completed\n");
        },
        [](Suite& suite) { suite.rules = {}; });
}

TEST(Manager, CancelsWhatIsFrozenForTooLong)
{
    play(
        [](Suite& suite) {
            const auto id = suite.send("s@local.example", {"u@there.example"},
                                       [](mail::Envelope& e) { e.frozen = true; });
            suite.settle();
            suite.run();
            EXPECT_NE(suite.told().find("A Message is frozen\n"), std::string::npos);
            suite.advance(3601);
            suite.run();
            const auto lines = suite.told();
            EXPECT_NE(lines.find("A cancelled by timeout_frozen_after\n"), std::string::npos) << lines;
            EXPECT_NE(lines.find("A Completed\n"), std::string::npos) << lines;
            ASSERT_EQ(suite.bounce.reports.size(), 1u);
            EXPECT_EQ(suite.bounce.reports[0].failures.at(0).text, "delivery cancelled by administrator");
            EXPECT_FALSE(suite.spool.messages.contains(id));
        },
        [](Suite& suite) { suite.parameters.timeout_frozen_after = 3600; });
}

TEST(Manager, RoutersFailuresDeferralsAndDiscards)
{
    play([](Suite& suite) {
        suite.router.route = [](std::uint32_t index, const std::string& address) {
            router::RoutedRecipient routed{.index = index};
            router::Unrouted what{.address = address, .unique = address};
            if (address == "unknown@x.ex") {
                what.text = "Unrouteable address";
            } else if (address == "hole@x.ex") {
                what = {.why = router::Unrouted::Why::discarded,
                        .address = ":blackhole:",
                        .unique = "b",
                        .router = "hole"};
            } else if (address == "held@x.ex") {
                what.why = router::Unrouted::Why::deferred;
                what.error_number = -23;
                what.text = "domain is held";
            } else {
                what.why = router::Unrouted::Why::deferred;
                what.router = "first";
                what.text = "deferred by aliasfile";
                what.retry_key = "R:" + address;
            }
            routed.unrouted.push_back(what);
            return routed;
        };
        const auto id =
            suite.send("s@local.example", {"unknown@x.ex", "hole@x.ex", "held@x.ex", "later@x.ex"});
        ASSERT_TRUE(suite.wait_for([&] { return suite.bounce.reports.size() == 1; }));
        suite.router.route = test::FakeRouter::usual;
        suite.settle();
        auto lines = suite.told();
        EXPECT_NE(lines.find("A == later@x.ex R=first defer (-1): deferred by aliasfile\n" // as Exim's log has them
                             "A == held@x.ex defer (-23): domain is held\n"
                             "A => :blackhole: <hole@x.ex> R=hole\n"
                             "A ** unknown@x.ex: Unrouteable address\n"),
                  std::string::npos)
            << lines;
        const auto& recipients = suite.spool.messages.at(id).envelope.recipients;
        EXPECT_TRUE(recipients[0].done);
        EXPECT_TRUE(recipients[1].done);
        EXPECT_FALSE(recipients[2].done);
        EXPECT_FALSE(recipients[3].done);
        suite.run();
        lines = suite.told();
        EXPECT_NE(lines.find("A == later@x.ex routing defer (-52): retry time not reached\n"),
                  std::string::npos)
            << lines;
        EXPECT_NE(lines.find("A => held@x.ex"), std::string::npos) << lines;
        suite.advance(900);
        suite.run();
        EXPECT_TRUE(suite.spool_is_empty());
    });
}

// As Exim's: what is wrong with the files of this host is for its log.
TEST(Manager, SendersHearOnlyWhatIsMeantForThem)
{
    play(
        [](Suite& suite) {
            suite.router.route = [](std::uint32_t index, const std::string& address) {
                using Why = router::Unrouted::Why;
                router::Unrouted what{.why = address.starts_with("later") ? Why::deferred : Why::failed, .address = address, .unique = address};
                what.text = address.ends_with("syntax@x.ex") ? "syntax error in redirection data" : "because";
                what.is_forced = address.ends_with("forced@x.ex");
                what.is_setup = address.ends_with("setup@x.ex");
                return router::RoutedRecipient{.index = index, .unrouted = {what}};
            };
            suite.send("s@local.example", {"forced@x.ex", "syntax@x.ex", "setup@x.ex", "no@x.ex", "later@x.ex", "later-forced@x.ex"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.bounce.reports.size() == 1; }));
            suite.settle();
            std::map<std::string, std::string> texts;
            for (const auto& failure : suite.bounce.reports[0].failures)
                texts[failure.address] = failure.text;
            EXPECT_EQ(texts["forced@x.ex"], "because");
            EXPECT_EQ(texts["syntax@x.ex"], "");
            EXPECT_EQ(texts["setup@x.ex"], "");
            EXPECT_EQ(texts["no@x.ex"], "because");
            EXPECT_EQ(texts["later@x.ex"], "retry timeout exceeded");
            EXPECT_EQ(texts["later-forced@x.ex"], "because: retry timeout exceeded");
        },
        [](Suite& suite) { suite.rules = {}; });
}

TEST(Manager, TellsOfTheLowerCaseThatRoutersSaw)
{
    play([](Suite& suite) {
        suite.router.route = [](std::uint32_t index, const std::string& address) {
            return router::RoutedRecipient{
                .index = index,
                .unrouted = {{.why = router::Unrouted::Why::deferred, .address = address, .unique = address, .text = "no"}}};
        };
        suite.send("s@x.example", {"John.Doe@There.Example"});
        suite.settle();
        EXPECT_EQ(suite.told(), "A == john.doe@there.example <John.Doe@There.Example> defer (-1): no\n");
        suite.send("s@x.example", {"john@There.Example"});
        suite.settle();
        EXPECT_EQ(suite.told(), "B == john@there.example defer (-1): no\n");
    });
}

TEST(Manager, FreezesWhatARouterFreezes)
{
    play([](Suite& suite) {
        suite.router.route = test::frozen_by_a_filter("subject was \"freeze this\"");
        const auto id = suite.send("s@x.example", {"u@there.example"});
        suite.settle();
        EXPECT_EQ(suite.told(),
                  "A == u@there.example R=filter defer (-1): subject was \"freeze this\"\nA Frozen\n");
        EXPECT_TRUE(suite.spool.messages.at(id).envelope.frozen);
        suite.router.route = test::FakeRouter::usual;
        suite.run({.force = true, .wait = true, .ids = {id}}); // -M
        EXPECT_NE(suite.told().find("A Unfrozen by forced delivery\nA => u@there.example"),
                  std::string::npos);
        EXPECT_TRUE(suite.spool_is_empty());
    });
}

// An alias with two members: what is delivered is not repeated for the sake of what is deferred.
TEST(Manager, RemembersWhichMembersOfAnAliasAreDone)
{
    play([](Suite& suite) {
        suite.router.route = [](std::uint32_t index, const std::string& address) {
            router::RoutedRecipient routed{.index = index};
            for (const std::string member : {"one@there.example", "two@other.example"}) {
                routed.deliveries.push_back(
                    test::FakeRouter::to_host(member, "mx." + member.substr(4), "192.0.2.7"));
                routed.deliveries.back().parent = address;
            }
            return routed;
        };
        suite.remote.fate = [](const auto&, const auto& target) {
            return target.address == "two@other.example"
                       ? test::deferred("451 later", "rcpt_4xx", 451)
                       : delivery::Outcome{.fate = delivery::Fate::delivered};
        };
        const auto id = suite.send("s@x.example", {"list@local.example"});
        suite.settle();
        EXPECT_EQ(suite.spool.messages.at(id).children, std::set<std::string>{"one@there.example"});
        EXPECT_FALSE(suite.spool.messages.at(id).envelope.recipients[0].done);
        EXPECT_FALSE(suite.remote.requests.at(0).targets.at(0).completes);
        const auto lines = suite.told();
        EXPECT_NE(lines.find("A => one@there.example <list@local.example> R="), std::string::npos) << lines;
        suite.remote.fate = {};
        suite.advance(3600);
        suite.run();
        EXPECT_TRUE(suite.spool_is_empty());
        EXPECT_EQ(suite.remote.delivered[id + " one@there.example"], 1);
        EXPECT_EQ(suite.remote.delivered[id + " two@other.example"], 1);
        EXPECT_TRUE(suite.remote.requests.back().targets.at(0).completes);
    });
}

TEST(Manager, WarnsOfDelays)
{
    play(
        [](Suite& suite) {
            test::refuse_connections(suite.remote);
            const auto id = suite.send("s@local.example", {"u@there.example"});
            suite.settle();
            EXPECT_TRUE(suite.bounce.reports.empty());
            suite.advance(4 * 3600 + 1);
            suite.run();
            ASSERT_EQ(suite.bounce.reports.size(), 1u);
            EXPECT_EQ(suite.bounce.reports[0].kind, delivery::Report::Kind::delay);
            EXPECT_EQ(suite.spool.messages.at(id).envelope.warnings_sent, 1u);
            suite.run({.force = true, .wait = true});
            EXPECT_EQ(suite.bounce.reports.size(), 1u);
            suite.router.expanded = "no"; // delay_warning_condition
            suite.advance(4 * 3600);
            suite.run({.force = true, .wait = true});
            EXPECT_EQ(suite.bounce.reports.size(), 1u);
        },
        [](Suite& suite) {
            suite.parameters.delay_warning = {4 * 3600, 8 * 3600, 24 * 3600};
        });
}

TEST(Reports, WarningsFollowTheSchedule)
{
    const std::vector<std::uint32_t> manual = {4 * 3600, 8 * 3600, 24 * 3600}; // "then every 16 hours"
    EXPECT_EQ(warnings_due(manual, 3 * 3600), 0u);
    EXPECT_EQ(warnings_due(manual, 4 * 3600), 1u);
    EXPECT_EQ(warnings_due(manual, 9 * 3600), 2u);
    EXPECT_EQ(warnings_due(manual, 24 * 3600), 3u);
    EXPECT_EQ(warnings_due(manual, 39 * 3600), 3u);
    EXPECT_EQ(warnings_due(manual, 40 * 3600), 4u);
    EXPECT_EQ(warnings_due(manual, 56 * 3600), 5u);
    EXPECT_EQ(warnings_due({6 * 3600}, 13 * 3600), 2u);
    EXPECT_EQ(warnings_due({0}, 100 * 3600), 0u);
    EXPECT_EQ(warnings_due({}, 100 * 3600), 0u);
}

TEST(Manager, TellsOfSuccessWhenAskedTo)
{
    play([](Suite& suite) {
        suite.send("s@local.example", {"u@there.example"},
                   [](mail::Envelope& e) { e.recipients[0].notify = mail::notify_success; });
        ASSERT_TRUE(
            suite.wait_for([&] { return suite.bounce.reports.size() == 1 && suite.spool_is_empty(); }));
        EXPECT_EQ(suite.bounce.reports[0].kind, delivery::Report::Kind::success);
        EXPECT_EQ(suite.bounce.reports[0].failures.at(0).address, "u@there.example");
        suite.settle();
    });
}

TEST(Manager, SaysNothingWhenAskedNotTo)
{
    play([](Suite& suite) {
        suite.remote.fate = [](const auto&, const auto&) { return test::failed("550 no", 550); };
        suite.send("s@local.example", {"u@there.example"},
                   [](mail::Envelope& e) { e.recipients[0].notify = mail::notify_never; });
        suite.settle();
        EXPECT_TRUE(suite.spool_is_empty());
        EXPECT_TRUE(suite.bounce.reports.empty());
    });
}

}
}
