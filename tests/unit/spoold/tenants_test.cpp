#include "tests/unit/spoold/spool_house.h"

namespace gp::spoold {
namespace {

std::vector<std::string> ids_of(const std::vector<Entry>& entries)
{
    std::vector<std::string> ids;
    for (const auto& entry : entries)
        ids.push_back(entry.id);
    return ids;
}

std::vector<std::string> snapshot(ipc::Channel& qmgr)
{
    auto page = qmgr.call(Snapshot{}, test::soon());
    return page ? ids_of(page->entries) : std::vector<std::string>{"none"};
}

using Ids = std::vector<std::string>;

TEST(Tenants, MailOfAGuestIsToldToItsQmgrAloneAndLoggedByIt)
{
    test::run_fiber([] {
        House house;
        Ears ears, guest_ears;
        const auto qmgr = house.connect("qmgr/1", &ears);
        const auto guest = house.connect("qmgr/2000001", &guest_ears);
        const auto cleanup = house.connect("cleanup/2000001");
        EXPECT_EQ(snapshot(*qmgr), Ids{});
        EXPECT_EQ(snapshot(*guest), Ids{});
        ASSERT_TRUE(put(*cleanup, 1));
        guest_ears.until([&] { return guest_ears.arrived.size() == 1; });
        EXPECT_EQ(guest_ears.logged, Ids{test_id(1) + " <= sender1@example.org"});
        EXPECT_FALSE(house.said(test_id(1) + " <= sender1@example.org"));
        EXPECT_TRUE(ears.arrived.empty());
        EXPECT_EQ(snapshot(*qmgr), Ids{});
        EXPECT_EQ(snapshot(*guest), Ids{test_id(1)});
    });
}

TEST(Tenants, WhatAGuestHasIsTheSuitesWhenItIsGone)
{
    test::run_fiber([] {
        House house;
        Ears ears, guest_ears;
        const auto qmgr = house.connect("qmgr/1", &ears);
        const auto guest = house.connect("qmgr/1000001", &guest_ears);
        const auto cleanup = house.connect("cleanup/1000001");
        snapshot(*qmgr);
        snapshot(*guest);
        ASSERT_TRUE(put(*cleanup, 1));
        ASSERT_TRUE(put(*cleanup, 2));
        guest_ears.until([&] { return guest_ears.arrived.size() == 2; });
        ASSERT_TRUE(guest->call(Record{.kind = Record::Kind::message_done, .id = test_id(1)}, test::soon()));
        guest->close("the command is over");
        ears.until([&] { return ears.arrived.size() == 1; });
        EXPECT_EQ(ids_of(ears.arrived), Ids{test_id(2)});
        EXPECT_EQ(snapshot(*qmgr), Ids{test_id(2)});
        // Its cleanup had one more in hand.
        ASSERT_TRUE(put(*cleanup, 3));
        ears.until([&] { return ears.arrived.size() == 2; });
        EXPECT_TRUE(house.said(test_id(3) + " <= sender3@example.org"));
    });
}

TEST(Tenants, AGuestBorrowsWhatTheSuitesQmgrLetsGoOf)
{
    test::run_fiber([] {
        House house;
        Ears ears;
        const auto qmgr = house.connect("qmgr/1", &ears);
        const auto guest = house.connect("qmgr/1000001");
        const auto other = house.connect("qmgr/2000001");
        const auto cleanup = house.connect("cleanup/1");
        snapshot(*qmgr);
        for (unsigned i = 1; i <= 3; ++i)
            ASSERT_TRUE(put(*cleanup, i));
        ears.lets_go = {test_id(1), test_id(3), "rubbish"};
        ASSERT_TRUE(guest->call(Borrow{}, test::soon()));
        EXPECT_EQ(snapshot(*guest), (Ids{test_id(1), test_id(3)}));
        EXPECT_EQ(snapshot(*qmgr), Ids{test_id(2)});
        EXPECT_EQ(snapshot(*other), Ids{});
        ears.lets_go = {test_id(2)};
        ASSERT_TRUE(other->call(Borrow{.ids = {test_id(2)}}, test::soon()));
        EXPECT_EQ(ears.recalls.back().ids, Ids{test_id(2)});
        EXPECT_EQ(snapshot(*other), Ids{test_id(2)});
        ears.arrived.clear();
        guest->close("");
        ears.until([&] { return ears.arrived.size() == 2; });
        EXPECT_EQ(snapshot(*qmgr), (Ids{test_id(1), test_id(3)}));
    });
}

TEST(Tenants, WhatWasLetGoOfForAGuestThatLeftMeanwhileIsTheSuites)
{
    test::run_fiber([] {
        House house;
        Ears ears;
        const auto qmgr = house.connect("qmgr/1", &ears);
        const auto guest = house.connect("qmgr/1000001");
        const auto cleanup = house.connect("cleanup/1");
        snapshot(*qmgr);
        ASSERT_TRUE(put(*cleanup, 1));
        ears.until([&] { return ears.arrived.size() == 1; });
        ears.lets_go = {test_id(1)};
        ears.on_recall = [&] {
            guest->close("the command was killed");
            event::sleep_for(Duration{50}); // spoold hears of it before the answer
        };
        ASSERT_FALSE(guest->call(Borrow{}, test::soon()));
        ears.until([&] { return ears.arrived.size() == 2; });
        EXPECT_EQ(ears.arrived.back().id, test_id(1));
        EXPECT_EQ(snapshot(*qmgr), Ids{test_id(1)});
    });
}

TEST(Tenants, TheEndOfALeaseIsToldToWhoSchedulesTheMessage)
{
    test::run_fiber([] {
        House house;
        Ears ears, guest_ears;
        const auto qmgr = house.connect("qmgr/1", &ears);
        const auto guest = house.connect("qmgr/1000001", &guest_ears);
        const auto cleanup = house.connect("cleanup/1000001");
        const auto remote = house.connect("remote/1000001");
        snapshot(*qmgr);
        snapshot(*guest);
        ASSERT_TRUE(put(*cleanup, 1));
        guest_ears.until([&] { return guest_ears.arrived.size() == 1; });
        const auto& entry = guest_ears.arrived[0];
        ASSERT_TRUE(remote->call(Fetch{.id = entry.id, .ticket = entry.ticket}, test::soon()));
        ASSERT_TRUE(guest->call(GetEnvelope{.id = entry.id}, test::soon()));
        remote->close("lost");
        guest_ears.until([&] { return guest_ears.released.size() == 1; });
        EXPECT_TRUE(ears.released.empty());
    });
}

TEST(Tenants, TheSuitesOwnQmgrBorrowsNothing)
{
    test::run_fiber([] {
        House house;
        Ears ears;
        const auto qmgr = house.connect("qmgr/1", &ears);
        snapshot(*qmgr);
        EXPECT_FALSE(qmgr->call(Borrow{}, test::soon()));
        const auto guest = house.connect("qmgr/1000001");
        const auto agent = house.connect("remote/1000001");
        EXPECT_FALSE(agent->call(Borrow{}, test::soon()));
        qmgr->close("");
        event::yield();
        EXPECT_FALSE(guest->call(Borrow{}, test::soon())) << "nobody can say what may be lent";
    });
}

}
}
