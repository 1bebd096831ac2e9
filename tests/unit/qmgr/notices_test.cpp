// What people hear of a message that goes wrong: senders, and administrators.
#include <gtest/gtest.h>

#include "tests/unit/qmgr/suite.h"

namespace gp::qmgr {
namespace {

using test::play;
using test::Suite;

TEST(Notices, StopsALoop)
{
    play(
        [](Suite& suite) {
            suite.send("s@local.example", {"u@there.example"}, [](mail::Envelope& envelope) { envelope.received_count = 3; });
            suite.send("s@local.example", {"v@there.example"}, [](mail::Envelope& envelope) { envelope.received_count = 2; });
            ASSERT_TRUE(suite.wait_for([&] { return suite.spool_is_empty(); }));
            EXPECT_EQ(suite.bounce.reports.size(), 1u);
            EXPECT_EQ(suite.remote.requests.size(), 1u);
            const auto lines = suite.told();
            EXPECT_NE(lines.find("A ** u@there.example: Too many \"Received\" headers - suspected mail loop\n"), std::string::npos)
                << lines;
        },
        [](Suite& suite) { suite.parameters.received_headers_max = 2; });
}

TEST(Notices, SendersHearNothingOfFilesHere)
{
    play([](Suite& suite) {
        suite.launcher.fate = [](const auto&, const auto&) { return test::failed("mailbox /home/u is no file", 0); };
        suite.send("s@local.example", {"u@local.example"});
        ASSERT_TRUE(suite.wait_for([&] { return suite.bounce.reports.size() == 1; }));
        EXPECT_EQ(suite.bounce.reports.at(0).failures.at(0).text, "");
        EXPECT_NE(suite.told().find("A ** u@local.example"), std::string::npos);
    });
}

TEST(Notices, TellsAnAdministratorWhatItFreezes)
{
    play(
        [](Suite& suite) {
            suite.router.route = test::frozen_by_a_filter("odd");
            const auto id = suite.send("s@x.example", {"u@there.example"});
            ASSERT_TRUE(suite.wait_for([&] { return suite.bounce.reports.size() == 1; }));
            const auto& notice = suite.bounce.reports.at(0);
            EXPECT_EQ(notice.kind, delivery::Report::Kind::notice);
            EXPECT_EQ(notice.to, "postmaster");
            EXPECT_EQ(notice.subject, "Message frozen");
            EXPECT_EQ(notice.text, "Message " + id + " has been frozen.\nThe sender is <s@x.example>.\n\n"
                                   "The following address(es) have yet to be delivered:\n  u@there.example: odd\n");
            suite.send("", {"u@there.example"}, [](mail::Envelope& envelope) { envelope.is_bounce = true; });
            suite.settle();
            EXPECT_EQ(suite.bounce.reports.size(), 1u); // of our own bounces nobody is told
        },
        [](Suite& suite) { suite.parameters.freeze_tell = "postmaster"; });
}

TEST(Notices, TellsAnAdministratorWhatAnAclFroze)
{
    play(
        [](Suite& suite) {
            const auto frozen = [](bool tells) {
                return [tells](mail::Envelope& envelope) {
                    envelope.frozen = true;
                    if (tells)
                        envelope.variables.push_back({"freeze_tell", "1", false});
                };
            };
            suite.send("quiet@x.example", {"u@there.example"}, frozen(false));
            const auto id = suite.send("s@x.example", {"u@there.example"}, frozen(true));
            ASSERT_TRUE(suite.wait_for([&] { return !suite.bounce.reports.empty(); }));
            suite.settle();
            ASSERT_EQ(suite.bounce.reports.size(), 1u);
            const auto& notice = suite.bounce.reports.at(0);
            EXPECT_EQ(notice.to, "postmaster");
            EXPECT_EQ(notice.subject, "Message frozen on arrival");
            EXPECT_EQ(notice.text, "Message " + id + " was frozen on arrival by ACL.\nThe sender is <s@x.example>.\n");
            // -odi waits for it.
            const auto other = suite.send("s@x.example", {"u@there.example"}, frozen(true));
            suite.run({.wait = true, .ids = {other}});
            EXPECT_EQ(suite.bounce.reports.size(), 2u);
            EXPECT_EQ(suite.spool.messages.size(), 3u) << "the frozen ones";
        },
        [](Suite& suite) { suite.parameters.freeze_tell = "postmaster"; });
}

}
}
