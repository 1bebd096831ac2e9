#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/spool/envelope_text.h"
#include "common/spool/reader.h"
#include "master/control/queue/filter.h"
#include "master/control/queue/shape.h"
#include "master/control/queue/transfer.h"
#include "tests/support/temp_dir.h"

namespace gp::control {
namespace {

constexpr std::int64_t now = 1'700'000'000;

qmgr::Listed waiting(std::int64_t age, std::uint64_t size = 1000)
{
    qmgr::Listed message;
    message.id = "1rABCD-000001-00";
    message.sender = "Ann@Src.example";
    message.size = size;
    message.received = (now - age) * 1'000'000;
    message.next_try = now + 100;
    message.reason = "H=mx7.dst.example [192.0.2.7]: Connection refused";
    message.recipients = {{.address = "bob@sub.dst.example"}, {.address = "carl@other.example", .done = true}};
    return message;
}

bool finds(std::vector<std::string> words, const qmgr::Listed& message)
{
    const auto filter = Filter::take(words);
    EXPECT_TRUE(filter) << filter.error().text;
    EXPECT_TRUE(words.empty());
    return filter && filter->matches(message, now);
}

TEST(QueueFilter, HoldsAgainstAgeAndSize)
{
    EXPECT_TRUE(finds({"--older", "2h"}, waiting(7200)));
    EXPECT_FALSE(finds({"--older", "2h"}, waiting(7199)));
    EXPECT_TRUE(finds({"--younger", "10m"}, waiting(600)));
    EXPECT_FALSE(finds({"--younger", "10m"}, waiting(601)));
    EXPECT_TRUE(finds({"--larger", "1K"}, waiting(0, 1024)));
    EXPECT_FALSE(finds({"--larger", "1K"}, waiting(0, 1023)));
    EXPECT_FALSE(finds({"--smaller", "1K"}, waiting(0, 1025)));
    EXPECT_FALSE(finds({"--smaller", "1K", "--older", "1h"}, waiting(60)));
}

TEST(QueueFilter, HoldsAgainstAddressesAndHosts)
{
    EXPECT_TRUE(finds({"--sender", "ann@"}, waiting(1)));
    EXPECT_FALSE(finds({"--sender", "<>"}, waiting(1)));
    auto bounce = waiting(1);
    bounce.sender.clear();
    EXPECT_TRUE(finds({"--sender", "<>"}, bounce));
    EXPECT_TRUE(finds({"--recipient", "BOB"}, waiting(1)));
    EXPECT_FALSE(finds({"--recipient", "carl"}, waiting(1))); // delivered
    EXPECT_TRUE(finds({"--host", "DST.example"}, waiting(1)));
    EXPECT_FALSE(finds({"--host", "t.exampl"}, [] { auto one = waiting(1); one.reason.clear(); return one; }()));
    EXPECT_TRUE(finds({"--host", "192.0.2.7"}, waiting(1)));
    EXPECT_FALSE(finds({"--host", "other.example"}, waiting(1)));
}

TEST(QueueFilter, HoldsAgainstStates)
{
    auto message = waiting(1);
    EXPECT_TRUE(finds({"--state", "deferred"}, message));
    EXPECT_TRUE(finds({"--state", "waiting"}, message));
    EXPECT_FALSE(finds({"--state", "new"}, message));
    message.active = true;
    EXPECT_TRUE(finds({"--state", "active"}, message));
    message.frozen = true;
    EXPECT_TRUE(finds({"--frozen"}, message));
    EXPECT_FALSE(finds({"--queue", "slow"}, message));
    message.queue = "slow";
    EXPECT_TRUE(finds({"--queue", "slow", "--all"}, message));
}

TEST(QueueFilter, SaysWhatIsWrong)
{
    for (const auto& [words, text] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"--older"}, "--older needs a value"},
             {{"--older", "soon"}, "--older: "},
             {{"--larger", "big"}, "--larger: "},
             {{"--state", "lost"}, "--state: --state lost: not one of new, waiting, deferred, active, frozen"}}) {
        auto copy = words;
        const auto filter = Filter::take(copy);
        ASSERT_FALSE(filter);
        EXPECT_TRUE(filter.error().text.starts_with(text)) << filter.error().text;
    }
    std::vector<std::string> words = {"1rABCD-000001-00", "--exim"};
    EXPECT_TRUE(Filter::take(words)->is_empty());
    EXPECT_EQ(words.size(), 2u);
}

TEST(QueueShape, CountsRecipientsByDomainAndAge)
{
    Shape shape{false}, by_sender{true};
    for (const std::int64_t minutes : {0, 4, 5, 1279, 1280, 99999})
        for (auto* one : {&shape, &by_sender})
            one->add(waiting(minutes * 60), now);
    auto other = waiting(60);
    other.recipients = {{.address = "x@a.example"}, {.address = "y@A.example"}};
    shape.add(other, now);
    EXPECT_EQ(shape.text(), "                T 5 10 20 40 80 160 320 640 1280 1280+\n"
                            "          TOTAL 8 4  1  0  0  0   0   0   0    1     2\n"
                            "sub.dst.example 6 2  1  0  0  0   0   0   0    1     2\n"
                            "      a.example 2 2  0  0  0  0   0   0   0    0     0\n");
    EXPECT_NE(by_sender.text().find("src.example 6 2"), std::string::npos);
    EXPECT_NE(shape.json().find("{\"domain\":\"a.example\",\"total\":2,\"by_age\":[2,0,0,0,0,0,0,0,0,0]}"), std::string::npos);
}

mail::Envelope envelope(const std::string& id)
{
    mail::Envelope made;
    made.id = id;
    made.sender = "ann@src.example";
    made.received = now * 1'000'000;
    made.recipients = {{.address = "bob@dst.example", .done = true}, {.address = "carl@dst.example"}};
    made.frozen = true;
    made.frozen_at = now;
    return made;
}

TEST(QueueImport, TakesWhatExportWrites)
{
    const test::TempDir scratch;
    const std::string id = "1rABCD-000001-00", large = "1rABCD-000002-00";
    for (const auto& one : {id, large})
        scratch.file(one + ".envelope", spool::envelope_to_text(envelope(one)));
    scratch.file(id + ".eml", "Subject: one\r\nX: y\r\n\r\n.body\r\n");
    const std::string body(400'000, 'x');
    scratch.file(large + ".eml", "Subject: two\n\n" + body + "\n");
    std::filesystem::create_directory(scratch / "spool");
    {
        auto importer = Importer::open(scratch / "spool");
        ASSERT_TRUE(importer) << importer.error().text;
        const auto paths = find_exported(scratch.path());
        ASSERT_TRUE(paths && paths->size() == 2u);
        for (const auto& path : *paths) {
            auto message = read_exported(path);
            ASSERT_TRUE(message) << message.error().text;
            const auto done = (*importer)->add(std::move(*message));
            ASSERT_TRUE(done) << done.error().text;
        }
        const auto twice = (*importer)->add(*read_exported(paths->front()));
        ASSERT_FALSE(twice);
        EXPECT_EQ(twice.error().text, "is in the queue already");
        EXPECT_FALSE(Importer::open(scratch / "spool")); // it has one owner
    }
    const spool::Io io;
    const auto reader = spool::Reader::open(io, OwnedFd{::open((scratch / "spool").c_str(), O_RDONLY | O_DIRECTORY)});
    ASSERT_TRUE(reader) << reader.error().text;
    const auto all = spool::want_envelope | spool::want_headers | spool::want_body;
    const auto first = (*reader)->read(*spool::Key::parse(id), all);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->stored.headers, "Subject: one\r\nX: y\r\n");
    EXPECT_EQ(first->stored.body, ".body\r\n");
    EXPECT_TRUE(first->envelope.frozen && first->envelope.recipients[0].done && !first->envelope.recipients[1].done);
    const auto second = (*reader)->read(*spool::Key::parse(large), all);
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->stored.large);
    EXPECT_EQ(second->stored.facts.large_size, body.size() + 2);
}

TEST(QueueImport, TakesEximsPairsAndItsJournal)
{
    const test::TempDir scratch;
    const std::string id = "1rABCD-000003-00";
    std::filesystem::create_directory(scratch / "D");
    scratch.file("D/" + id + "-H", id + "-H\nann 1000 1000\n<ann@src.example>\n1700000000 0\n-received_protocol local\n"
                                       "XX\n2\nbob@dst.example\ncarl@dst.example\n\n"
                                       "015  Subject: hello\n");
    scratch.file("D/" + id + "-D", id + "-D\nline\nother\n");
    scratch.file("D/" + id + "-J", "bob@dst.example\n");
    const auto paths = find_exported(scratch.path());
    ASSERT_TRUE(paths && paths->size() == 1u);
    const auto message = read_exported(paths->front());
    ASSERT_TRUE(message) << message.error().text;
    EXPECT_EQ(message->body, "line\r\nother\r\n");
    EXPECT_EQ(message->envelope.sender, "ann@src.example");
    ASSERT_EQ(message->envelope.recipients.size(), 2u);
    EXPECT_TRUE(message->envelope.recipients[0].done); // the journal says so
    EXPECT_FALSE(message->envelope.recipients[1].done);
}

TEST(QueueImport, SaysWhatIsWrong)
{
    const test::TempDir scratch;
    scratch.file("x.envelope", "sender: a@b.example\nnonsense: 1\n");
    EXPECT_FALSE(read_exported(scratch / "x.envelope"));
    EXPECT_FALSE(find_exported(scratch.file("letter.txt", "")));
    scratch.file("y.envelope", spool::envelope_to_text(envelope("1rABCD-000001-00")));
    const auto alone = read_exported(scratch / "y.envelope");
    ASSERT_FALSE(alone);
    EXPECT_NE(alone.error().text.find("y.eml: No such file"), std::string::npos) << alone.error().text;
}

}
}
