// The window between the last octet that an agent sends and spoold's record of it: who may be in it, and what is said of
// those who are lost there.
#include "cleanup/spoold/spooler.h"

#include "common/spool/fields.h"
#include "tests/unit/spoold/spool_house.h"

namespace gp::spoold {
namespace {

TEST(Uncertain, AnAgentLostWhileFinishingIsNamedInTheLog)
{
    test::run_fiber([] {
        House house;
        Ears ears;
        const auto cleanup = house.connect("cleanup/1");
        const auto remote = house.connect("remote/1");
        const auto qmgr = house.connect("qmgr/1", &ears);
        for (unsigned n = 1; n < 4; ++n)
            ASSERT_TRUE(put(*cleanup, n));
        ASSERT_TRUE(qmgr->call(Snapshot{}, test::soon()));
        for (unsigned n = 1; n < 4; ++n) {
            const auto ticket = ticket_of(*qmgr, n);
            ASSERT_TRUE(remote->call(Fetch{.id = test_id(n), .ticket = ticket}, test::soon()));
            ASSERT_TRUE(remote->call(Finishing{.id = test_id(n), .ticket = ticket, .children = {"a@x", "b@x"}}, test::soon()));
        }
        ASSERT_TRUE(remote->call(Delivered{.id = test_id(1), .ticket = ticket_of(*qmgr, 1), .recipients = {}, .children = {"a@x"}}, test::soon()));
        remote->send(Release{.id = test_id(2), .ticket = ticket_of(*qmgr, 2)});
        ASSERT_TRUE(remote->call(Fetch{.id = test_id(2), .ticket = ticket_of(*qmgr, 2)}, test::soon()));
        remote->close("");
        ears.until([&] { return ears.released.size() >= 3; });
        house.wait_until_said(test_id(1) + " may be delivered twice: the delivery agent was lost while finishing b@x");
        EXPECT_FALSE(house.said(test_id(2) + " may be"));
        house.wait_until_said(test_id(3) + " may be delivered twice: the delivery agent was lost while finishing a@x b@x");
        EXPECT_TRUE(ears.released.back().uncertain);
        ASSERT_TRUE(put(*cleanup, 9)); // what was appended before it is in the log
        EXPECT_TRUE(qmgr->call(GetEnvelope{.id = test_id(3)}, test::soon())->entry.uncertain);
        EXPECT_FALSE(qmgr->call(GetEnvelope{.id = test_id(2)}, test::soon())->entry.uncertain);
        house.lines.clear();
        house.restart(); // said once
        event::sleep_for(Duration{20});
        EXPECT_FALSE(house.said("may be delivered twice"));
        EXPECT_TRUE(house.spool->index().find(test_key(3))->uncertain);
    });
}

// What needs no barrier goes beside the one that is under way, and counts whatever becomes of that.
void finish_while_a_barrier_stands(bool barrier_fails)
{
    test::run_fiber([barrier_fails] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto remote = house.connect("remote/1");
        const auto qmgr = house.connect("qmgr/1");
        for (unsigned n = 1; n < 4; ++n)
            ASSERT_TRUE(put(*cleanup, n));
        event::Notice committed;
        house.disk.held = true;
        test::also("commit", [&] {
            EXPECT_TRUE(put(*cleanup, 4));
            committed.notify();
        });
        while (!house.disk.is_waiting)
            event::sleep_for(Duration{1});
        for (unsigned n = 1; n < 3; ++n) {
            const auto ticket = ticket_of(*qmgr, n);
            ASSERT_TRUE(remote->call(Finishing{.id = test_id(n), .ticket = ticket, .children = {"a@x"}}, test::soon()));
        }
        EXPECT_FALSE(house.spool->index().find(test_key(4)));
        house.disk.fail_one_sync = barrier_fails;
        house.disk.held = false;
        house.disk.held.notify_all();
        committed.wait(event::Deadline::never());
        EXPECT_TRUE(house.spool->index().find(test_key(4)));
        house.restart();
        for (unsigned n = 1; n < 5; ++n) {
            ASSERT_TRUE(house.spool->index().find(test_key(n))) << n;
            EXPECT_EQ(house.spool->index().find(test_key(n))->uncertain, n < 3) << n;
        }
    });
}

TEST(Uncertain, WhatNeedsNoBarrierDoesNotWaitForAnothers)
{
    finish_while_a_barrier_stands(false);
}

TEST(Uncertain, WhatWentBesideABarrierThatFailsIsWrittenAgain)
{
    finish_while_a_barrier_stands(true);
}

// A qmgr that was killed has asked for a delivery, and the next one asks the same agent for it again.
TEST(Uncertain, OneAgentFinishesAnAddressOnceAtATime)
{
    test::run_fiber([] {
        OneMessage one;
        const auto finish = [&](std::uint64_t run) {
            return one.remote->call(one.finishing({"a@x"}, run), test::soon());
        };
        for (int i = 0; i < 3; ++i)
            ASSERT_TRUE(one.remote->call(Fetch{.id = test_id(1), .ticket = one.ticket}, test::soon()));
        ASSERT_TRUE(finish(7));
        ASSERT_TRUE(finish(7)); // at the next host
        const auto refused = finish(8);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().text, "it is being delivered already");
        one.remote->send(Release{.id = test_id(1), .ticket = one.ticket, .run = 8}); // changes nothing for the other
        EXPECT_FALSE(finish(9));
        one.remote->send(Release{.id = test_id(1), .ticket = one.ticket, .run = 7}); // was not delivered
        ASSERT_TRUE(finish(9));
        ASSERT_TRUE(one.remote->call(Delivered{.id = test_id(1), .ticket = one.ticket, .recipients = {0}, .children = {"a@x"}}, test::soon()));
        EXPECT_EQ(finish(10).error().text, "it was delivered already");
    });
}

// The agent lives; the process of its that had the order does not.
TEST(Uncertain, ARunWhoseEndNobodyKnowsIsNamedInTheLog)
{
    test::run_fiber([] {
        Ears ears;
        OneMessage one{&ears};
        ASSERT_TRUE(one.qmgr->call(Snapshot{}, test::soon()));
        for (int i = 0; i < 2; ++i)
            ASSERT_TRUE(one.remote->call(Fetch{.id = test_id(1), .ticket = one.ticket}, test::soon()));
        ASSERT_TRUE(one.remote->call(one.finishing({"a@x"}, 7), test::soon()));
        ASSERT_TRUE(one.remote->call(one.finishing({"b@x"}, 8), test::soon()));
        one.remote->send(Release{.id = test_id(1), .ticket = one.ticket, .run = 7, .lost = true});
        one.remote->send(Release{.id = test_id(1), .ticket = one.ticket, .run = 8}); // was not delivered
        one.house.wait_until_said(test_id(1) + " may be delivered twice: the delivery process was lost while finishing a@x");
        ears.until([&] { return ears.released.size() == 1; });
        EXPECT_TRUE(ears.released[0].uncertain);
        EXPECT_FALSE(one.house.said("b@x"));
    });
}

TEST(Uncertain, AMessageIsNotTriedAgainBeforeTheLogNamesIt)
{
    test::run_fiber([] {
        std::string asked;
        event::Notice in_the_log;
        Ears ears;
        OneMessage one{&ears, [&](std::string_view line) -> Status {
                           asked = line;
                           in_the_log.wait(test::soon());
                           return {};
                       }};
        auto& house = one.house;
        ASSERT_TRUE(one.qmgr->call(Snapshot{}, test::soon()));
        ASSERT_TRUE(one.remote->call(Fetch{.id = test_id(1), .ticket = one.ticket}, test::soon()));
        ASSERT_TRUE(one.remote->call(one.finishing({"a@x"}), test::soon()));
        one.remote->close("");
        while (asked.empty())
            event::sleep_for(Duration{1});
        EXPECT_EQ(asked, test_id(1) + " may be delivered twice: the delivery agent was lost while finishing a@x");
        EXPECT_TRUE(house.spooler->is_busy());
        EXPECT_TRUE(one.qmgr->call(GetEnvelope{.id = test_id(1)}, test::soon())->entry.leased);
        EXPECT_TRUE(one.qmgr->call(Snapshot{}, test::soon())->entries.at(0).leased);
        EXPECT_TRUE(ears.released.empty());
        EXPECT_TRUE(house.spool->index().find(test_key(1))->is_finishing()); // if spoold is killed now, it is named later
        in_the_log.notify();
        ears.until([&] { return ears.released.size() == 1; });
        EXPECT_TRUE(ears.released[0].uncertain);
        EXPECT_FALSE(one.qmgr->call(GetEnvelope{.id = test_id(1)}, test::soon())->entry.leased);
        EXPECT_FALSE(house.said("may be delivered twice")); // the other way was not needed
    });
}

TEST(Uncertain, WhatTheLogCannotWriteIsSaidAsOtherLinesAre)
{
    test::run_fiber([] {
        Ears ears;
        OneMessage one{&ears, [](std::string_view) -> Status { return temporary("no log process is there"); }};
        auto& house = one.house;
        ASSERT_TRUE(one.qmgr->call(Snapshot{}, test::soon()));
        ASSERT_TRUE(one.remote->call(one.finishing({"a@x"}), test::soon()));
        one.remote->close("");
        ears.until([&] { return ears.released.size() == 1; });
        EXPECT_TRUE(house.said(test_id(1) + " may be delivered twice: the delivery agent was lost while finishing a@x"));
        EXPECT_TRUE(house.said("perhaps not in the log: no log process is there"));
    });
}

TEST(Uncertain, OneAgentAtATimeFinishesAnAddress)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1");
        auto first = house.connect("remote/1");
        const auto second = house.connect("remote/2");
        ASSERT_TRUE(put(*cleanup, 1));
        const auto ticket = ticket_of(*qmgr, 1);
        const auto finish = [&](ipc::Channel& agent, std::vector<std::string> children) {
            return agent.call(Finishing{.id = test_id(1), .ticket = ticket, .children = std::move(children)}, test::soon());
        };
        ASSERT_TRUE(finish(*first, {"a@x"}));
        ASSERT_TRUE(finish(*first, {"a@x"})); // its own
        const auto refused = finish(*second, {"b@x", "a@x"});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().text, "it is being delivered already");
        ASSERT_TRUE(finish(*second, {"b@x"}));
        first->close(""); // lost: the next one may try, and the log has named it
        house.wait_until_said("while finishing a@x");
        ASSERT_TRUE(finish(*second, {"a@x"}));
        ASSERT_TRUE(second->call(Delivered{.id = test_id(1), .ticket = ticket, .recipients = {0}, .children = {"a@x"}}, test::soon()));
        first = house.connect("remote/3");
        const auto late = finish(*first, {"a@x"});
        ASSERT_FALSE(late);
        EXPECT_EQ(late.error().text, "it was delivered already");
        EXPECT_FALSE(finish(*first, {"b@x"}));
        const auto unknown = first->call(Finishing{.id = test_id(2), .ticket = ticket, .children = {}}, test::soon());
        EXPECT_FALSE(unknown);
    });
}

// The answer comes when the log has it, whoever is killed then: the files as they are at that moment tell.
TEST(Uncertain, WhatIsBeingFinishedIsInTheLogBeforeTheAnswer)
{
    test::run_fiber([] {
        OneMessage one;
        auto& house = one.house;
        const auto before = house.disk.syncs.load();
        ASSERT_TRUE(one.remote->call(one.finishing({"a@x"}), test::soon()));
        EXPECT_EQ(house.disk.syncs.load(), before); // no barrier for it
        const spool::Io io;
        const OwnedFd log{::open((house.path() + "/log").c_str(), O_RDONLY | O_DIRECTORY)};
        const auto found = spool::recover(io, log.get(), {.may_repair = false});
        ASSERT_TRUE(found) << found.error().text;
        const auto* entry = found->catalog.index.find(test_key(1));
        ASSERT_TRUE(entry && entry->is_finishing());
        EXPECT_TRUE(entry->extra->finishing.contains("a@x"));
    });
}

TEST(Uncertain, WhatCannotBeNotedIsNotFinished)
{
    test::run_fiber([] {
        OneMessage one;
        auto& house = one.house;
        house.disk.fail = true;
        EXPECT_FALSE(one.remote->call(one.finishing({"a@x"}), test::soon()));
        house.disk.fail = false;
        one.remote->close("");
        event::sleep_for(Duration{20});
        EXPECT_FALSE(house.said("may be delivered twice"));
    });
}

TEST(Uncertain, AfterARestartAgentsMayStillSayHowItEnded)
{
    test::run_fiber([] {
        auto parameters = small_parameters();
        parameters.spool_uncertain_grace = 1;
        House house{parameters};
        const auto cleanup = house.connect("cleanup/1");
        auto qmgr = house.connect("qmgr/1");
        auto remote = house.connect("remote/1");
        std::vector<std::string> tickets{""};
        for (unsigned n = 1; n < 3; ++n) {
            ASSERT_TRUE(put(*cleanup, n));
            tickets.push_back(ticket_of(*qmgr, n));
            ASSERT_TRUE(remote->call(Fetch{.id = test_id(n), .ticket = tickets[n]}, test::soon()));
            ASSERT_TRUE(remote->call(Finishing{.id = test_id(n), .ticket = tickets[n], .children = {"a@x"}}, test::soon()));
        }
        ASSERT_TRUE(put(*cleanup, 3)); // what was said before it is in the log
        house.vanish();
        house.open();
        Ears ears;
        qmgr = house.connect("qmgr/1", &ears);
        const auto page = qmgr->call(Snapshot{}, test::soon());
        ASSERT_TRUE(page);
        EXPECT_TRUE(page->entries.at(0).leased && page->entries.at(1).leased);
        EXPECT_FALSE(page->entries.at(2).leased);
        remote = house.connect("remote/1");
        ASSERT_TRUE(remote->call(Delivered{.id = test_id(1), .ticket = tickets[1], .recipients = {0, 1, 2}, .children = {"a@x"}}, test::soon()));
        ears.until([&] { return ears.released.size() == 2; });
        EXPECT_FALSE(ears.released[0].uncertain);
        EXPECT_TRUE(ears.released[1].uncertain);
        EXPECT_FALSE(house.said(test_id(1) + " may be"));
        EXPECT_TRUE(house.said(test_id(2) + " may be delivered twice: the spool service was lost while finishing a@x"));
    });
}

}
}
