#include "cleanup/spoold/spooler.h"

#include "common/mail/notes.h"
#include "common/spool/fields.h"
#include "tests/unit/spoold/spool_house.h"

namespace gp::spoold {
namespace {

TEST(Spooler, AMessageIsCommittedLoggedToldAndFetched)
{
    test::run_fiber([] {
        House house;
        Ears ears;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1", &ears);
        const auto remote = house.connect("remote/1");
        const auto page = qmgr->call(Snapshot{}, test::soon());
        ASSERT_TRUE(page);
        EXPECT_TRUE(page->entries.empty() && !page->more);
        ASSERT_TRUE(put(*cleanup, 1));
        ears.until([&] { return ears.arrived.size() == 1; });
        EXPECT_TRUE(house.said(test_id(1) + " <= sender1@example.org"));
        const auto& entry = ears.arrived[0];
        const TestMail mail{1};
        EXPECT_EQ(entry.id, test_id(1));
        EXPECT_EQ(entry.envelope, mail.encoded);
        EXPECT_EQ(entry.size, mail.headers.size() + mail.body.size());
        EXPECT_FALSE(entry.leased || entry.frozen || entry.uncertain);
        const auto fetched = remote->call(Fetch{.id = entry.id, .ticket = entry.ticket}, test::soon());
        ASSERT_TRUE(fetched) << fetched.error().text;
        EXPECT_EQ(fetched->headers, mail.headers);
        EXPECT_EQ(fetched->body, mail.body);
        EXPECT_EQ(fetched->body_size, mail.body.size());
        EXPECT_TRUE(fetched->no_leading_dots);
        ASSERT_TRUE(remote->call(Delivered{.id = entry.id, .ticket = entry.ticket, .recipients = {0, 2}, .children = {"x"}},
                                 test::soon()));
        const auto stored = qmgr->call(GetEnvelope{.id = entry.id, .want_headers = true}, test::soon());
        ASSERT_TRUE(stored);
        EXPECT_TRUE(stored->entry.leased);
        EXPECT_EQ(stored->headers, mail.headers);
        const auto envelope = spool::decode_envelope(stored->entry.envelope);
        ASSERT_TRUE(envelope);
        EXPECT_TRUE(envelope->recipients[0].done && !envelope->recipients[1].done && envelope->recipients[2].done);
        EXPECT_EQ(envelope->done_children, std::vector<std::string>{"x"});
        ASSERT_TRUE(qmgr->call(Record{.kind = Record::Kind::message_done, .id = entry.id}, test::soon()));
        ASSERT_TRUE(qmgr->call(Record{.kind = Record::Kind::message_done, .id = entry.id}, test::soon()));
        const auto gone = qmgr->call(GetEnvelope{.id = entry.id}, test::soon());
        ASSERT_FALSE(gone);
        EXPECT_EQ(gone.error().cause, Cause::not_found);
    });
}

TEST(Spooler, ManyCommitsShareABarrierAndANotice)
{
    test::run_fiber([] {
        House house;
        Ears ears;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1", &ears);
        ASSERT_TRUE(qmgr->call(Snapshot{}, test::soon()));
        ASSERT_TRUE(put(*cleanup, 1000)); // opens a segment
        const unsigned before = house.disk.syncs;
        for (unsigned n = 0; n < 100; ++n)
            test::also("commit", [&cleanup, n] { EXPECT_TRUE(put(*cleanup, n)); });
        ears.until([&] { return ears.arrived.size() == 101; });
        EXPECT_LT(house.disk.syncs - before, 20u);
        EXPECT_LT(ears.frames, 20u);
        house.restart();
        EXPECT_EQ(house.spool->index().size(), 101u);
    });
}

TEST(Spooler, EverybodyMaySayOnlyWhatIsHis)
{
    test::run_fiber([] {
        House house;
        const auto remote = house.connect("remote/1");
        EXPECT_FALSE(put(*remote, 1));
        EXPECT_FALSE(remote->is_open());
        EXPECT_TRUE(house.said("commit is for cleanup alone"));
        const auto cleanup = house.connect("cleanup/1");
        EXPECT_FALSE(cleanup->call(Record{.kind = Record::Kind::message_done, .id = test_id(1)}, test::soon()));
        const auto launcher = house.connect("launcher/1");
        EXPECT_FALSE(launcher->call(Snapshot{}, test::soon()));
        EXPECT_EQ(house.spool->index().size(), 0u);
    });
}

TEST(Spooler, ATicketOpensOneMessage)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1");
        const auto remote = house.connect("remote/1");
        ASSERT_TRUE(put(*cleanup, 1));
        ASSERT_TRUE(put(*cleanup, 2));
        const auto ticket = ticket_of(*qmgr, 1);
        EXPECT_FALSE(remote->call(Fetch{.id = test_id(2), .ticket = ticket}, test::soon()));
        EXPECT_FALSE(remote->call(Delivered{.id = test_id(2), .ticket = ticket, .recipients = {0}}, test::soon()));
        EXPECT_FALSE(remote->call(Fetch{.id = test_id(1), .ticket = ""}, test::soon()));
        EXPECT_TRUE(remote->call(Fetch{.id = test_id(1), .ticket = ticket}, test::soon()));
        EXPECT_FALSE(remote->call(Fetch{.id = "../../etc/passwd", .ticket = ticket}, test::soon()));
    });
}

TEST(Spooler, AnIdIsUsedOnce)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1");
        ASSERT_TRUE(put(*cleanup, 1));
        EXPECT_FALSE(put(*cleanup, 1));
        EXPECT_TRUE(cleanup->call(IsCommitted{test_id(1)}, test::soon())->committed);
        ASSERT_TRUE(qmgr->call(Record{.kind = Record::Kind::message_done, .id = test_id(1)}, test::soon()));
        EXPECT_TRUE(cleanup->call(IsCommitted{test_id(1)}, test::soon())->committed);
        EXPECT_FALSE(put(*cleanup, 1));
        EXPECT_FALSE(cleanup->call(IsCommitted{test_id(2)}, test::soon())->committed);
        EXPECT_FALSE(put(*cleanup, 2)); // a no is final
        house.restart();
        const auto again = house.connect("cleanup/1");
        EXPECT_TRUE(again->call(IsCommitted{test_id(1)}, test::soon())->committed);
    });
}

TEST(Spooler, IsCommittedWaitsForTheBarrierUnderWay)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto other = house.connect("cleanup/2");
        event::Notice done;
        test::also("commit", [&] {
            EXPECT_TRUE(put(*cleanup, 1));
            done.notify();
        });
        event::yield();
        event::yield();
        // Whichever comes first: the answer and the commit agree.
        const auto answer = other->call(IsCommitted{test_id(1)}, test::soon());
        ASSERT_TRUE(answer);
        done.wait(test::soon());
        EXPECT_TRUE(answer->committed);
    });
}

TEST(Spooler, AnEnvelopeThatCannotBeReadIsRefused)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        auto commit = commit_of(TestMail{1});
        commit.envelope.resize(commit.envelope.size() - 1);
        EXPECT_FALSE(cleanup->call(commit, test::soon()));
        commit = commit_of(TestMail{1});
        commit.id = test_id(2);
        EXPECT_FALSE(cleanup->call(commit, test::soon()));
        EXPECT_TRUE(cleanup->is_open());
        ASSERT_TRUE(put(*cleanup, 1));
    });
}

TEST(Spooler, RecordsAreThereAfterARestart)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        auto qmgr = house.connect("qmgr/1");
        for (unsigned n = 0; n < 4; ++n)
            ASSERT_TRUE(put(*cleanup, n));
        using Kind = Record::Kind;
        ASSERT_TRUE(qmgr->call(Record{.kind = Kind::recipients_done, .id = test_id(0), .recipients = {1}}, test::soon()));
        ASSERT_TRUE(qmgr->call(Record{.kind = Kind::deferred, .id = test_id(1), .next_try = 77, .reason = "busy"}, test::soon()));
        ASSERT_TRUE(qmgr->call(Record{.kind = Kind::frozen, .id = test_id(2), .frozen = true}, test::soon()));
        TestMail edited{3};
        edited.envelope.sender = "other@example.org";
        edited.envelope.queue = "slow";
        ASSERT_TRUE(qmgr->call(Record{.kind = Kind::envelope, .id = test_id(3), .envelope = spool::encode_envelope(edited.envelope)},
                               test::soon()));
        EXPECT_FALSE(qmgr->call(Record{.kind = Kind::deferred, .id = test_id(9)}, test::soon()));
        EXPECT_FALSE(qmgr->call(Record{.kind = Kind::envelope, .id = test_id(2), .envelope = edited.encoded}, test::soon()));
        house.restart();
        qmgr = house.connect("qmgr/1");
        const auto page = qmgr->call(Snapshot{}, test::soon());
        ASSERT_TRUE(page);
        ASSERT_EQ(page->entries.size(), 4u);
        EXPECT_EQ(page->entries[1].next_try, 77);
        EXPECT_TRUE(page->entries[2].frozen);
        EXPECT_EQ(page->entries[3].queue, "slow");
        const auto of = [&](unsigned n) {
            return *spool::decode_envelope(qmgr->call(GetEnvelope{.id = test_id(n)}, test::soon())->entry.envelope);
        };
        EXPECT_TRUE(of(0).recipients[1].done);
        EXPECT_TRUE(of(2).frozen);
        EXPECT_GT(of(2).frozen_at, 1'000'000'000);
        EXPECT_EQ(of(3).sender, "other@example.org");
    });
}

TEST(Spooler, ASnapshotComesInPagesInOrderOfId)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1");
        for (unsigned n = 0; n < 25; ++n)
            ASSERT_TRUE(put(*cleanup, (n * 7) % 25));
        std::vector<std::string> ids;
        for (Snapshot question{.after = "", .most = 10};;) {
            const auto page = qmgr->call(question, test::soon());
            ASSERT_TRUE(page);
            for (const auto& entry : page->entries) {
                ids.push_back(entry.id);
                EXPECT_TRUE(entry.envelope.empty());
            }
            if (!page->more)
                break;
            question.after = ids.back();
        }
        ASSERT_EQ(ids.size(), 25u);
        EXPECT_TRUE(std::ranges::is_sorted(ids));
    });
}

TEST(Spooler, ASearchFindsByPartsOfAddressesAndGoesOnWhereItEnded)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1");
        for (unsigned n = 0; n < 25; ++n)
            ASSERT_TRUE(put(*cleanup, n)); // from sender0 to sender24
        ASSERT_TRUE(qmgr->call(Record{.kind = Record::Kind::deferred, .id = test_id(12), .next_try = 7, .reason = "it is down"}, test::soon()));
        std::vector<std::string> ids;
        for (Search question{.most = 4, .sender = "SENDER1"};;) { // 1, and 10 to 19
            const auto page = qmgr->call(question, test::soon());
            ASSERT_TRUE(page) << page.error().text;
            EXPECT_LE(page->entries.size(), 4u);
            for (const auto& entry : page->entries) {
                ids.push_back(entry.id);
                EXPECT_TRUE(spool::decode_envelope(entry.envelope));
                EXPECT_EQ(entry.reason, entry.id == test_id(12) ? "it is down" : "");
            }
            if (!page->more)
                break;
            question.after = page->last;
        }
        EXPECT_EQ(ids.size(), 11u);
        EXPECT_EQ(ids.front(), test_id(1));
        EXPECT_EQ(qmgr->call(Search{.sender = "<>"}, test::soon())->entries.size(), 0u);
        EXPECT_EQ(qmgr->call(Search{.one_queue = true, .queue = "other"}, test::soon())->entries.size(), 0u);
        EXPECT_EQ(qmgr->call(Search{.one_queue = true}, test::soon())->entries.size(), 25u);
        EXPECT_FALSE(cleanup->call(Search{}, test::soon()));
    });
}

// Who is done is not looked for, though the envelope was recorded before.
TEST(Spooler, ASearchForARecipientPassesOverThoseThatAreDone)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1");
        ASSERT_TRUE(put(*cleanup, 1));
        const auto all = qmgr->call(Search{}, test::soon());
        ASSERT_TRUE(all && all->entries.size() == 1);
        const auto address = spool::decode_envelope(all->entries[0].envelope)->recipients.at(0).address;
        EXPECT_EQ(qmgr->call(Search{.recipient = address}, test::soon())->entries.size(), 1u);
        ASSERT_TRUE(qmgr->call(Record{.kind = Record::Kind::recipients_done, .id = test_id(1), .recipients = {0}}, test::soon()));
        EXPECT_EQ(qmgr->call(Search{.recipient = address}, test::soon())->entries.size(), 0u);
        EXPECT_EQ(qmgr->call(Search{}, test::soon())->entries.size(), 1u);
    });
}

TEST(Spooler, WithoutCreditQmgrHearsOfMessagesWithoutEnvelopes)
{
    test::run_fiber([] {
        auto parameters = small_parameters();
        parameters.spool_told_size = 0;
        House house{parameters};
        Ears ears;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1", &ears);
        ASSERT_TRUE(qmgr->call(Snapshot{}, test::soon()));
        ASSERT_TRUE(put(*cleanup, 1));
        ears.until([&] { return ears.arrived.size() == 1; });
        EXPECT_TRUE(ears.arrived[0].envelope.empty());
    });
}

TEST(Spooler, TheEndOfALeaseIsToldToAQmgrThatWaitsForIt)
{
    test::run_fiber([] {
        House house;
        Ears ears;
        const auto cleanup = house.connect("cleanup/1");
        const auto remote = house.connect("remote/1");
        const auto qmgr = house.connect("qmgr/1", &ears);
        ASSERT_TRUE(put(*cleanup, 1));
        const auto ticket = ticket_of(*qmgr, 1);
        ASSERT_TRUE(remote->call(Fetch{.id = test_id(1), .ticket = ticket}, test::soon()));
        const auto page = qmgr->call(Snapshot{}, test::soon()); // qmgr is new and finds it leased
        ASSERT_TRUE(page && page->entries.at(0).leased);
        ASSERT_TRUE(remote->call(Finishing{.id = test_id(1), .ticket = ticket, .children = {"a"}}, test::soon()));
        ASSERT_TRUE(remote->call(Delivered{.id = test_id(1), .ticket = ticket, .recipients = {0}, .children = {"a"}}, test::soon()));
        remote->send(Release{.id = test_id(1), .ticket = ticket});
        ears.until([&] { return ears.released.size() == 1; });
        EXPECT_EQ(ears.released[0].id, test_id(1));
        EXPECT_FALSE(ears.released[0].uncertain);
        EXPECT_FALSE(qmgr->call(Snapshot{}, test::soon())->entries.at(0).leased);
        EXPECT_FALSE(house.said("may be delivered twice"));
    });
}

TEST(Spooler, ReportsSettleInTheSameRecord)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1");
        ASSERT_TRUE(put(*cleanup, 1));
        auto bounce = commit_of(TestMail{2});
        bounce.settles = test_id(1);
        bounce.settles_recipients = {0, 1};
        ASSERT_TRUE(cleanup->call(bounce, test::soon()));
        const auto envelope =
            spool::decode_envelope(qmgr->call(GetEnvelope{.id = test_id(1)}, test::soon())->entry.envelope);
        EXPECT_TRUE(envelope->recipients[0].done && envelope->recipients[1].done && !envelope->recipients[2].done);
        bounce = commit_of(TestMail{3});
        bounce.settles = test_id(1);
        bounce.settles_recipients = {0};
        const auto twice = cleanup->call(bounce, test::soon());
        ASSERT_FALSE(twice);
        EXPECT_EQ(twice.error().text, "recipient 0 of " + test_id(1) + " is done already");
        bounce.settles_recipients = {2};
        ASSERT_TRUE(cleanup->call(bounce, test::soon()));
        bounce = commit_of(TestMail{4});
        bounce.settles_recipients = {2};
        bounce.settles = test_id(7); // gone, or never there
        EXPECT_FALSE(cleanup->call(bounce, test::soon()));
        bounce.settles = "nonsense";
        EXPECT_FALSE(cleanup->call(bounce, test::soon()));
    });
}

// An address below a recipient, whose report is committed when qmgr dies: there is no second report.
TEST(Spooler, ReportsSettleWhatLiesBelowARecipientToo)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1");
        ASSERT_TRUE(put(*cleanup, 1));
        const auto report = [](unsigned number) {
            auto commit = commit_of(TestMail{number});
            commit.settles = test_id(1);
            auto envelope = spool::decode_envelope(commit.envelope).take();
            mail::add_note(envelope, mail::note_settles_child, "child@x");
            commit.envelope = spool::encode_envelope(envelope);
            return commit;
        };
        ASSERT_TRUE(cleanup->call(report(2), test::soon()));
        const auto envelope =
            spool::decode_envelope(qmgr->call(GetEnvelope{.id = test_id(1)}, test::soon())->entry.envelope);
        EXPECT_EQ(envelope->done_children, std::vector<std::string>{"child@x"});
        const auto twice = cleanup->call(report(3), test::soon());
        ASSERT_FALSE(twice);
        EXPECT_EQ(twice.error().text, "child@x of " + test_id(1) + " is done already");
    });
}

TEST(Spooler, WriteErrorsStopMailUntilTheDiskWorksAgain)
{
    test::run_fiber([] {
        House house;
        Ears ears;
        const auto cleanup = house.connect("cleanup/1", &ears);
        const auto qmgr = house.connect("qmgr/1");
        EXPECT_TRUE(cleanup->call(WatchSpace{}, test::soon())->accepting);
        ASSERT_TRUE(put(*cleanup, 1));
        house.disk.fail = true;
        const auto refused = put(*cleanup, 2);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().blame, Blame::temporary);
        EXPECT_FALSE(qmgr->call(Record{.kind = Record::Kind::message_done, .id = test_id(1)}, test::soon()));
        ears.until([&] { return !ears.space.empty() && !ears.space.back().accepting; });
        EXPECT_TRUE(house.said("stopped after write errors"));
        house.disk.fail = false;
        ears.until([&] { return ears.space.back().accepting; });
        ASSERT_TRUE(put(*cleanup, 3));
        ASSERT_TRUE(put(*cleanup, 2)); // it was refused, so it may come again
        house.restart();
        EXPECT_EQ(house.spool->index().size(), 3u);
        EXPECT_TRUE(house.spool->report().alarms.empty());
    });
}

TEST(Spooler, AFullDiskStillRecordsDeliveries)
{
    test::run_fiber([] {
        House house;
        Ears ears;
        const auto cleanup = house.connect("cleanup/1", &ears);
        const auto qmgr = house.connect("qmgr/1");
        ASSERT_TRUE(cleanup->call(WatchSpace{}, test::soon()));
        ASSERT_TRUE(put(*cleanup, 0));
        event::sleep_for(Duration{20}); // a spare is made
        house.disk.full = true;
        unsigned n = 1;
        while (n < 200 && put(*cleanup, n, 20'000))
            ++n;
        ASSERT_LT(n, 200u);
        ears.until([&] { return !ears.space.empty() && !ears.space.back().accepting; });
        for (unsigned i = 0; i < n; ++i)
            ASSERT_TRUE(qmgr->call(Record{.kind = Record::Kind::message_done, .id = test_id(i)}, test::soon())) << i;
        // Deliveries made room: segments are empty again.
        ears.until([&] { return ears.space.back().accepting; });
        ASSERT_TRUE(put(*cleanup, 500, 20'000));
    });
}

TEST(Spooler, TheLogsDiskIsWatchedToo)
{
    test::run_fiber([] {
        House house;
        auto parameters = small_parameters();
        parameters.check_log_space = std::int64_t{1} << 60; // more than any disk has
        Committer committer{*house.spool, parameters};
        const auto watch = [&](OwnedFd logs) {
            return SpaceWatch{*house.spool, committer, parameters, std::move(logs)}.now().accepting;
        };
        EXPECT_TRUE(watch({}));
        EXPECT_FALSE(watch(OwnedFd{::open(house.path().c_str(), O_PATH | O_DIRECTORY)}));
        EXPECT_TRUE(house.said("spool: no mail is accepted: log directory space check failed: space="));
        parameters.check_log_space = 0;
        EXPECT_TRUE(watch(OwnedFd{::open(house.path().c_str(), O_PATH | O_DIRECTORY)}));
    });
}

TEST(Spooler, WhatComesWhenTheCommitterHasEndedIsRefused)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        for (unsigned n = 0; n < 20; ++n)
            ASSERT_TRUE(put(*cleanup, n, 20'000));
        Committer committer{*house.spool, small_parameters()};
        committer.stop();
        committer.run();
        EXPECT_EQ(committer.checkpoint().error().cause, Cause::closed);
        EXPECT_EQ(committer.append([](spool::Batch&) {}).error().cause, Cause::closed);
        const auto sweep = house.spool->start_sweep();
        ASSERT_TRUE(sweep);
        EXPECT_EQ(committer.carry_forward(*sweep).error().cause, Cause::closed);
    });
}

TEST(Spooler, StragglersAreCarriedForwardWhileMailGoesThrough)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1");
        for (unsigned n = 0; n < 10; ++n)
            ASSERT_TRUE(put(*cleanup, n));
        std::size_t most = 0;
        for (unsigned n = 100; n < 300; ++n) {
            ASSERT_TRUE(put(*cleanup, n, 20'000));
            ASSERT_TRUE(qmgr->call(Record{.kind = Record::Kind::message_done, .id = test_id(n)}, test::soon()));
            most = std::max(most, house.spool->segments());
        }
        EXPECT_LT(most, 10u);
        for (unsigned n = 0; n < 10; ++n)
            EXPECT_EQ(house.connect("remote/1")->call(Fetch{.id = test_id(n), .ticket = ticket_of(*qmgr, n)}, test::soon())->body,
                      TestMail{n}.body);
        house.restart();
        EXPECT_EQ(house.spool->index().size(), 10u);
    });
}

}
}
