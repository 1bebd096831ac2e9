// Deliveries to one mailbox that are handed to a driver together.

#include "tests/unit/local/letter.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <list>

#include "delivery/local/options.h"
#include "delivery/local/sync_together.h"

namespace gp::local {
namespace {

class ABatch : public Letter {
protected:
    // One message each, with this text in its body.
    std::vector<delivery::Outcome> deliver_all(const std::vector<std::string>& texts)
    {
        std::list<delivery::Deliver> requests;
        std::list<spoold::Fetched> messages;
        std::list<Options> options;
        std::list<Job> jobs;
        std::vector<const Job*> all;
        int number = 0;
        for (const auto& text : texts) {
            requests.push_back(request_);
            requests.back().id = "1xUmKG-0004kp-" + std::to_string(10 + number++);
            messages.push_back(message_);
            messages.back().body = text + "\r\n";
            messages.back().body_size = messages.back().body.size();
            options.emplace_back(requests.back().instruction.options);
            jobs.push_back({.request = requests.back(), .message = messages.back(), .parameters = parameters_, .options = options.back()});
            all.push_back(&jobs.back());
        }
        return Registry<Transport>::linked().find("appendfile")->deliver_many(all);
    }
    static std::string read(const std::string& path)
    {
        std::ifstream file{path};
        return {std::istreambuf_iterator<char>(file), {}};
    }
};

TEST_F(ABatch, FillsAMaildirWithAFileForEach)
{
    option("directory", directory_ / "Maildir");
    option("maildir_format", "true");
    for (const auto& outcome : deliver_all({"one", "two", "three"}))
        EXPECT_EQ(outcome.fate, delivery::Fate::delivered) << outcome.text;
    EXPECT_EQ(names(directory_ / "Maildir/new").size(), 3u);
    EXPECT_TRUE(names(directory_ / "Maildir/tmp").empty());
}

TEST_F(ABatch, IsWholeHoweverManyFilesAreWaitedForAtOnce)
{
    option("directory", directory_ / "Maildir");
    option("maildir_format", "true");
    const std::vector<std::string> texts(20, "text");
    for (const std::uint32_t at_once : {0u, 1u, 3u, 100u}) {
        parameters_.local_child_syncs = at_once;
        for (const auto& outcome : deliver_all(texts))
            EXPECT_EQ(outcome.fate, delivery::Fate::delivered) << outcome.text;
    }
    EXPECT_EQ(names(directory_ / "Maildir/new").size(), texts.size()) << "the same names each time";
    EXPECT_TRUE(names(directory_ / "Maildir/tmp").empty());
}

// What a disk could not take is told of that file alone.
TEST(SyncTogether, TellsWhichFileFailed)
{
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0); // no file to sync
    const auto file = ::open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    EXPECT_EQ(sync_together({file, -1, ends[1], file}, 8), (std::vector<int>{0, 0, EINVAL, 0}));
    EXPECT_EQ(sync_together({}, 8), std::vector<int>{});
    for (const int one : {file, ends[0], ends[1]})
        ::close(one);
}

TEST_F(ABatch, IsHeldAgainstAQuotaMessageByMessage)
{
    option("directory", directory_ / "Maildir");
    option("maildir_format", "true");
    option("quota_filecount", "5"); // three directories count, too
    const auto outcomes = deliver_all({"one", "two", "three"});
    EXPECT_EQ(outcomes[0].fate, delivery::Fate::delivered);
    EXPECT_EQ(outcomes[1].fate, delivery::Fate::delivered);
    EXPECT_TRUE(outcomes[2].error_name.starts_with("quota_"));
    EXPECT_EQ(names(directory_ / "Maildir/new").size(), 2u);
}

TEST_F(ABatch, StandsInAnMboxInItsOrder)
{
    option("file", directory_ / "mbox");
    for (const auto& outcome : deliver_all({"first", "second"}))
        EXPECT_EQ(outcome.fate, delivery::Fate::delivered) << outcome.text;
    const auto text = read(directory_ / "mbox");
    EXPECT_LT(text.find("first"), text.find("second"));
    EXPECT_NE(text.find("first\n\nFrom "), std::string::npos);
}

TEST_F(ABatch, StandsApartFromWhatSomebodyDiedWriting)
{
    option("file", directory_ / "mbox");
    std::ofstream{directory_ / "mbox"} << "From a@x.example Sat Nov 21 10:00:00 2026\nSubject: torn\n\nhal";
    std::filesystem::permissions(directory_ / "mbox", std::filesystem::perms{0600});
    for (const auto& outcome : deliver_all({"first", "second"}))
        EXPECT_EQ(outcome.fate, delivery::Fate::delivered) << outcome.text;
    const auto text = read(directory_ / "mbox");
    EXPECT_NE(text.find("hal\n\nFrom "), std::string::npos);
    EXPECT_NE(text.find("first\n\nFrom "), std::string::npos);
    EXPECT_TRUE(text.ends_with("second\n\n"));
}

TEST_F(ABatch, LeavesOutOnlyWhatDoesNotFit)
{
    option("file", directory_ / "mbox");
    option("quota", "1K");
    const auto outcomes = deliver_all({"small", std::string(2000, 'x'), "little"});
    EXPECT_EQ(outcomes[0].fate, delivery::Fate::delivered);
    EXPECT_TRUE(outcomes[1].error_name.starts_with("quota_"));
    EXPECT_EQ(outcomes[2].fate, delivery::Fate::delivered);
    EXPECT_EQ(read(directory_ / "mbox").find("xx"), std::string::npos);
}

TEST_F(ABatch, FailsAsOneWhenTheMailboxCannotBeOpened)
{
    option("file", directory_.path());
    for (const auto& outcome : deliver_all({"one", "two"}))
        EXPECT_EQ(outcome.fate, delivery::Fate::deferred);
}

}
}
