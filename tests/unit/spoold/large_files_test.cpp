// Bodies that are too large for the log have files of their own.

#include "common/spool/fields.h"
#include "tests/unit/spoold/spool_house.h"

namespace gp::spoold {
namespace {

Status put_large(ipc::Channel& cleanup, unsigned n, const std::string& body)
{
    for (std::size_t at = 0; at < body.size(); at += part_size) {
        auto sent = cleanup.call(LargePart{.id = test_id(n), .offset = at, .octets = body.substr(at, part_size)}, test::soon());
        if (!sent)
            return std::move(sent).error();
    }
    auto commit = commit_of(TestMail{n, 0});
    commit.large = true;
    commit.large_size = body.size();
    auto done = cleanup.call(commit, test::soon());
    return done ? Status{} : Status(std::move(done).error());
}

std::size_t large_files(const House& house)
{
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(house.path() + "/large"))
        count += entry.is_regular_file();
    return count;
}

TEST(LargeFiles, ABodyIsLookedAtBeforeItIsCommittedByWhoSendsIt)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto other = house.connect("cleanup/2");
        const std::string octets(1000, 'x');
        ASSERT_TRUE(cleanup->call(LargePart{.id = test_id(1), .octets = octets}, test::soon()));
        const auto read = cleanup->call(ReadLarge{test_id(1)}, test::soon());
        ASSERT_TRUE(read) << read.error().text;
        std::string body(octets.size() + 10, '\0');
        const auto got = spool::Io{}.read(read->file.get(), 0, body);
        ASSERT_TRUE(got);
        EXPECT_EQ(body.substr(0, *got), octets);
        EXPECT_LT(::write(read->file.get(), "x", 1), 0); // read-only
        EXPECT_FALSE(other->call(ReadLarge{test_id(1)}, test::soon()));
        EXPECT_FALSE(cleanup->call(ReadLarge{test_id(2)}, test::soon()));
    });
}

TEST(LargeFiles, ALargeBodyGoesThroughAFileOfItsOwn)
{
    test::run_fiber([] {
        House house;
        const auto cleanup = house.connect("cleanup/1");
        const auto qmgr = house.connect("qmgr/1");
        const auto remote = house.connect("remote/1");
        const TestMail mail{1, 700'000};
        ASSERT_TRUE(put_large(*cleanup, 1, mail.body));
        const auto ticket = ticket_of(*qmgr, 1);
        const auto fetched = remote->call(Fetch{.id = test_id(1), .ticket = ticket}, test::soon());
        ASSERT_TRUE(fetched) << fetched.error().text;
        EXPECT_TRUE(fetched->body.empty());
        EXPECT_EQ(fetched->body_size, mail.body.size());
        std::string body(mail.body.size() + 10, '\0');
        const auto got = spool::Io{}.read(fetched->large.get(), 0, body);
        ASSERT_TRUE(got);
        body.resize(*got);
        EXPECT_TRUE(body == mail.body);
        EXPECT_LT(::write(fetched->large.get(), "x", 1), 0); // read-only
        EXPECT_EQ(qmgr->call(GetEnvelope{.id = test_id(1)}, test::soon())->entry.size,
                  mail.body.size() + TestMail{1}.headers.size());
        ASSERT_TRUE(qmgr->call(Record{.kind = Record::Kind::message_done, .id = test_id(1)}, test::soon()));
        const auto until = test::soon();
        while (large_files(house) > 0 && !until.expired())
            event::sleep_for(Duration{1});
        EXPECT_EQ(large_files(house), 0u);
    });
}

TEST(LargeFiles, ALargeBodyThatIsNotCommittedLeavesNothing)
{
    test::run_fiber([] {
        House house;
        auto cleanup = house.connect("cleanup/1");
        const auto other = house.connect("cleanup/2");
        const auto part = [](unsigned n, std::uint64_t offset) {
            return LargePart{.id = test_id(n), .offset = offset, .octets = std::string(1000, 'x')};
        };
        for (unsigned n = 1; n < 6; ++n)
            ASSERT_TRUE(cleanup->call(part(n, 0), test::soon()));
        EXPECT_EQ(large_files(house), 5u);
        EXPECT_FALSE(other->call(part(1, 1000), test::soon()));    // not his
        EXPECT_FALSE(cleanup->call(part(2, 500), test::soon()));   // not what comes next
        EXPECT_FALSE(cleanup->call(part(2, 0), test::soon()));     // begun already
        cleanup->send(LargeAbandon{test_id(1)});
        EXPECT_FALSE(other->call(IsCommitted{test_id(3)}, test::soon())->committed); // given up for good
        auto commit = commit_of(TestMail{2, 0});
        commit.large = true;
        commit.large_size = 999;
        EXPECT_FALSE(cleanup->call(commit, test::soon()));
        EXPECT_EQ(large_files(house), 2u);
        cleanup->close("");
        const auto until = test::soon();
        while (large_files(house) > 0 && !until.expired())
            event::sleep_for(Duration{1});
        EXPECT_EQ(large_files(house), 0u);
        EXPECT_TRUE(put_large(*other, 1, std::string(300'000, 'y')));
    });
}

}
}
