#include "qmgr/operators.h"

#include <array>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/qmgr/suite.h"

namespace gp::qmgr {
namespace {

using gp::test::run_fiber;
using gp::test::soon;
using test::Suite;

// A suite whose messages all wait, and operators of several kinds.
class Queue {
public:
    Queue()
    {
        suite.parameters.queue_only = true;
        suite.start();
    }

    // As somebody whom the kernel would name so.
    template <class Question>
    Result<typename Question::Reply> ask(std::uint32_t uid, bool is_admin, const Question& question)
    {
        Operator answers{suite.manager->desk(), Caller{.uid = uid, .is_admin = is_admin}};
        auto [ours, theirs] = gp::test::channel_pair(nullptr, &answers);
        event::Notice closed;
        theirs->on_close([&closed] { closed.notify(); });
        auto reply = ours->call(question, soon());
        ours->close("asked");
        closed.wait(soon());
        answers.wait_until_idle();
        return reply;
    }
    std::string send(std::uint32_t uid = 1000)
    {
        return suite.send("s@x.example", {"u@there.example", "v@there.example"}, [uid](mail::Envelope& e) {
            e.origin.local = true;
            e.origin.uid = uid;
            e.origin.login = "user" + std::to_string(uid);
        });
    }

    Suite suite;
};

TEST(Operators, ListInPages)
{
    run_fiber([] {
        Queue queue;
        std::vector<std::string> ids;
        for (int i = 0; i < 25; ++i)
            ids.push_back(queue.send());
        queue.suite.settle();
        std::vector<std::string> seen;
        List question{.most = 10};
        for (bool more = true; more;) {
            auto page = queue.ask(0, true, question);
            ASSERT_TRUE(page) << page.error().text;
            for (const auto& message : page->messages) {
                seen.push_back(message.id);
                EXPECT_EQ(message.sender, "s@x.example");
                EXPECT_EQ(message.recipients.size(), 2u);
                EXPECT_EQ(message.size, 1234u);
            }
            more = page->more;
            question.after = seen.back();
        }
        EXPECT_EQ(seen, ids);
        auto brief = queue.ask(0, true, List{.most = 100, .brief = true});
        ASSERT_TRUE(brief);
        EXPECT_EQ(brief->messages.size(), 25u);
    });
}

TEST(Operators, AListIsNarrowedBySender)
{
    run_fiber([] {
        Queue queue;
        queue.send();
        const auto other = queue.suite.send("else@y.example", {"u@there.example"});
        queue.send();
        queue.suite.settle();
        const auto page = queue.ask(0, true, List{.sender = "else"});
        ASSERT_TRUE(page && page->messages.size() == 1);
        EXPECT_EQ(page->messages[0].id, other);
        EXPECT_FALSE(page->more);
        EXPECT_EQ(queue.ask(0, true, Status{.by_state = false})->messages, 3u);
    });
}

TEST(Operators, TheReasonOfADeferralOutlivesARestart)
{
    test::play([](Suite& suite) {
        test::refuse_connections(suite.remote);
        const auto id = suite.send("s@x.example", {"u@there.example"});
        ASSERT_TRUE(suite.wait_for([&] { return suite.remote.requests.size() == 1; }));
        suite.settle();
        const auto reason_of = [&](const auto& question, const auto& take) {
            auto [ours, theirs] = gp::test::socket_pair();
            gp::test::also("control", [&suite, end = std::make_shared<OwnedFd>(std::move(theirs))] { suite.manager->serve(std::move(*end)); });
            const auto control = ipc::Channel::open(std::move(ours), "qmgr", nullptr);
            const auto reply = control->call(question, soon());
            return reply ? take(*reply) : "error: " + reply.error().text;
        };
        const auto listed = [&] { return reason_of(List{}, [](const ListReply& reply) { return reply.messages.at(0).reason; }); };
        const auto shown = [&] { return reason_of(Show{.id = id}, [](const ShowReply& reply) { return reply.message.reason; }); };
        const auto reason = listed();
        EXPECT_NE(reason.find("Connection refused"), std::string::npos) << reason;
        EXPECT_EQ(shown(), reason);
        suite.restart();
        ASSERT_TRUE(suite.wait_for([&] { return suite.manager->has_read_queue(); }));
        EXPECT_EQ(listed(), reason);
        EXPECT_EQ(shown(), reason);
    });
}

TEST(Operators, OwnersSeeTheirOwnMessagesAlone)
{
    run_fiber([] {
        Queue queue;
        const auto mine = queue.send(1000);
        const auto other = queue.send(1001);
        queue.suite.settle();
        auto page = queue.ask(1000, false, List{});
        ASSERT_TRUE(page);
        ASSERT_EQ(page->messages.size(), 1u);
        EXPECT_EQ(page->messages[0].id, mine);
        EXPECT_TRUE(queue.ask(1000, false, Show{.id = mine, .content = true}));
        EXPECT_FALSE(queue.ask(1000, false, Show{.id = other}));
        EXPECT_TRUE(queue.ask(0, true, Show{.id = other, .content = true}));
    });
}

TEST(Operators, ShowGivesHeadersAndBody)
{
    run_fiber([] {
        Queue queue;
        const auto id = queue.send();
        queue.suite.settle();
        auto shown = queue.ask(0, true, Show{.id = id, .content = true});
        ASSERT_TRUE(shown) << shown.error().text;
        EXPECT_EQ(shown->headers, "Subject: test\r\n");
        EXPECT_EQ(shown->body, "text\r\n");
        EXPECT_EQ(shown->envelope.sender, "s@x.example");
        auto none = queue.ask(0, true, Show{.id = "16aiQz-000zzz-00"});
        ASSERT_FALSE(none);
        EXPECT_EQ(none.error().cause, Cause::not_found);
    });
}

TEST(Operators, AreRefusedWhatTheyMayNot)
{
    run_fiber([] {
        Queue queue;
        const auto mine = queue.send(1000);
        const auto other = queue.send(1001);
        queue.suite.settle();
        EXPECT_FALSE(queue.ask(1000, false, qmgr::Run{.wait = true}));
        EXPECT_FALSE(queue.ask(1000, false, qmgr::Run{.force = true, .ids = {mine}}));
        EXPECT_FALSE(queue.ask(1000, false, qmgr::Run{.wait = true, .ids = {other}}));
        for (const char* order : {"hold", "release", "give_up", "retry", "mark_all_delivered", "remove"}) {
            auto reply = queue.ask(1000, false, Operate{.order = order, .ids = {other}});
            ASSERT_TRUE(reply);
            EXPECT_EQ(reply->failed, 1u) << order;
        }
        auto removed = queue.ask(1000, false, Operate{.order = "remove", .ids = {mine}, .who = "root"});
        ASSERT_TRUE(removed);
        EXPECT_EQ(removed->failed, 0u);
        EXPECT_FALSE(queue.suite.spool.messages.contains(mine));
        EXPECT_EQ(queue.suite.told(),
                  "A removed by user1000\nA Completed\n"); // he is not believed to be root
    });
}

// The texts are Exim's, as its command line prints and logs them.
TEST(Operators, HoldAndRelease)
{
    run_fiber([] {
        Queue queue;
        auto& suite = queue.suite;
        const auto id = queue.send();
        suite.settle();
        using Lines = std::vector<std::string>;
        EXPECT_EQ(suite.operate("hold", id).lines, Lines{"Message " + id + " is now frozen"});
        auto again = suite.operate("hold", id);
        EXPECT_EQ(again.lines, Lines{"Message " + id + " is already frozen"});
        EXPECT_EQ(again.failed, 1u);
        suite.run();
        EXPECT_TRUE(suite.remote.requests.empty());
        EXPECT_EQ(suite.operate("release", id).lines, Lines{"Message " + id + " is no longer frozen"});
        EXPECT_EQ(suite.operate("release", id).lines, Lines{"Message " + id + " is not frozen"});
        suite.run();
        EXPECT_TRUE(suite.spool_is_empty());
        const auto lines = suite.told();
        EXPECT_NE(lines.find("A frozen by root\n"), std::string::npos) << lines;
        EXPECT_NE(lines.find("A unfrozen by root\n"), std::string::npos) << lines;
    });
}

TEST(Operators, RemoveGiveUpAndRetry)
{
    run_fiber([] {
        Queue queue;
        auto& suite = queue.suite;
        const auto removed = queue.send();
        const auto given_up = queue.send();
        const auto retried = queue.send();
        suite.settle();
        EXPECT_EQ(suite.operate("remove", removed).lines,
                  std::vector<std::string>{"Message " + removed + " has been removed"});
        EXPECT_FALSE(suite.spool.messages.contains(removed));
        EXPECT_EQ(suite.operate("remove", removed).failed, 1u);
        EXPECT_TRUE(suite.operate("give_up", given_up).lines.empty());
        ASSERT_TRUE(suite.wait_for([&] { return suite.bounce.reports.size() == 1; }));
        EXPECT_EQ(suite.bounce.reports[0].failures.size(), 2u);
        suite.operate("retry", retried);
        ASSERT_TRUE(suite.wait_for([&] { return !suite.spool.messages.contains(retried); }));
        suite.settle();
        const auto lines = suite.told();
        EXPECT_NE(lines.find("A removed by root\nA Completed\n"), std::string::npos) << lines;
        EXPECT_NE(lines.find("B cancelled by root\n"), std::string::npos) << lines;
        EXPECT_NE(lines.find("B Completed\n"), std::string::npos) << lines;
        EXPECT_NE(lines.find("C => u@there.example"), std::string::npos) << lines;
    });
}

// What is damaged on the disk cannot be delivered any more; it can be thrown away.
TEST(Operators, WhatCannotBeReadCanBeRemoved)
{
    run_fiber([] {
        Queue queue;
        auto& suite = queue.suite;
        const auto id = queue.send();
        suite.settle();
        suite.spool.damaged.insert(id);
        EXPECT_EQ(suite.operate("hold", id).failed, 1u);
        EXPECT_EQ(suite.operate("remove", id).lines, std::vector<std::string>{"Message " + id + " has been removed"});
        EXPECT_FALSE(suite.spool.messages.contains(id));
        EXPECT_NE(suite.told().find("removed by root"), std::string::npos);
    });
}

TEST(Operators, Edit)
{
    run_fiber([] {
        Queue queue;
        auto& suite = queue.suite;
        const auto id = queue.send();
        suite.settle();
        EXPECT_EQ(suite.operate("edit_sender", id, {"new@x.ex"}).failed, 0u);
        EXPECT_EQ(suite.operate("add_recipient", id, {"add@x.ex"}).failed, 0u);
        EXPECT_EQ(suite.operate("mark_delivered", id, {"u@there.example"}).failed, 0u);
        EXPECT_EQ(suite.operate("mark_delivered", id, {"nobody@x.ex"}).failed, 1u);
        EXPECT_EQ(suite.operate("add_recipient", id, {"no domain"}).failed, 1u);
        EXPECT_EQ(suite.operate("edit_sender", id, {"two words@x.ex"}).failed, 1u);
        EXPECT_EQ(suite.told(), "A sender address changed to <new@x.ex> by root\n"
                                "A recipient <add@x.ex> added by root\n"
                                "A address <u@there.example> marked delivered by root\n");
        suite.run();
        EXPECT_TRUE(suite.spool_is_empty());
        std::set<std::string> addresses;
        for (const auto& request : suite.remote.requests) {
            EXPECT_EQ(request.sender, "new@x.ex");
            for (const auto& target : request.targets)
                addresses.insert(target.address);
        }
        EXPECT_EQ(addresses, (std::set<std::string>{"add@x.ex", "v@there.example"}));
    });
}

TEST(Operators, BadOrdersAreAnsweredClearly)
{
    run_fiber([] {
        Queue queue;
        const auto unknown = queue.ask(0, true, Operate{.order = "explode", .ids = {"x"}});
        ASSERT_FALSE(unknown);
        EXPECT_EQ(unknown.error().text, "\"explode\" is no order");
        const auto nobody = queue.ask(0, true, Operate{.order = "edit_sender", .ids = {"16aiQz-000001-00"}});
        ASSERT_TRUE(nobody && nobody->failed == 1);
        EXPECT_EQ(nobody->lines, std::vector<std::string>{"Message 16aiQz-000001-00 - error while editing sender: no address given"});
        auto malformed = queue.ask(0, true, Operate{.order = "remove", .ids = {"foo\n"}});
        ASSERT_TRUE(malformed);
        EXPECT_EQ(malformed->lines.at(0), "malformed message id foo\\n");
        auto none = queue.ask(0, true, Operate{.order = "remove", .ids = {"16aiQz-000zzz-00"}});
        ASSERT_TRUE(none);
        EXPECT_EQ(none->lines.at(0), "Spool data file for 16aiQz-000zzz-00 does not exist");
        const auto id = queue.send();
        const std::array<std::pair<const char*, const char*>, 3> orders = {{{"add_recipient", "adding recipient"},
                                                                            {"mark_delivered", "marking as delivered"},
                                                                            {"edit_sender", "editing sender"}}};
        for (const auto& [order, doing] : orders) { // in Exim's words
            const auto told = queue.ask(0, true, Operate{.order = order, .ids = {id}, .arguments = {"bare"}});
            ASSERT_TRUE(told) << order;
            EXPECT_EQ(told->lines, (std::vector<std::string>{"Message " + id + " - error while " + doing + ":", "  bad address bare: domain missing"}));
        }
    });
}

TEST(Operators, AMessageInWorkIsNotAltered)
{
    run_fiber([] {
        Suite suite;
        suite.start();
        bool hangs = true;
        suite.remote.before = [&](const auto&) {
            while (hangs)
                event::sleep_for(Duration{2});
        };
        const auto id = suite.send("s@x.example", {"u@there.example"});
        ASSERT_TRUE(suite.wait_for([&] { return suite.remote.running == 1; }));
        for (const char* order : {"hold", "remove", "give_up", "retry"})
            EXPECT_EQ(suite.operate(order, id).failed, 1u) << order;
        hangs = false;
        suite.settle();
        EXPECT_TRUE(suite.spool_is_empty());
    });
}

TEST(Operators, StatusCounts)
{
    run_fiber([] {
        Queue queue;
        auto& suite = queue.suite;
        queue.send();
        const auto held = queue.send();
        suite.settle();
        suite.operate("hold", held);
        auto status = queue.ask(1000, false, Status{});
        ASSERT_TRUE(status);
        EXPECT_EQ(status->messages, 2u);
        EXPECT_EQ(status->frozen, 1u);
        suite.run();
        status = queue.ask(1000, false, Status{});
        ASSERT_TRUE(status);
        EXPECT_EQ(status->messages, 1u);
        EXPECT_EQ(status->deliveries, 2u);
    });
}

TEST(Access, AdministratorsAreRootTheOwnerAndTheGroups)
{
    Parameters parameters;
    parameters.spool_uid = 99;
    parameters.admin_groups = {7, 8};
    EXPECT_TRUE(Caller::is_admin_by(0, {}, parameters));
    EXPECT_TRUE(Caller::is_admin_by(99, {}, parameters));
    EXPECT_TRUE(Caller::is_admin_by(1000, {5, 8}, parameters));
    EXPECT_FALSE(Caller::is_admin_by(1000, {5}, parameters));
    auto [here, there] = gp::test::socket_pair();
    EXPECT_EQ(Caller::of(here.get(), parameters).uid, ::getuid());
    EXPECT_FALSE(Caller::of(-1, parameters).is_admin);
}

}
}
