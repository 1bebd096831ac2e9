#include "delivery/local/append_note.h"

#include <fcntl.h>

#include "common/base/owned_fd.h"
#include "delivery/local/locks.h"
#include "tests/unit/local/letter.h"

namespace gp::local {
namespace {

OwnedFd opened(const std::string& path)
{
    return OwnedFd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
}

class Note : public testing::Test {
protected:
    // What the note says when the file has so much of it.
    std::optional<std::int64_t> unfinished(const std::string& content)
    {
        test::write_file(directory_ / "box", content);
        return unfinished_append(test::read_file(directory_ / "lock"), opened(directory_ / "box").get(), static_cast<std::int64_t>(content.size()));
    }
    static std::string letters(std::size_t count)
    {
        std::string text;
        for (std::size_t i = 0; i < count; ++i)
            text += static_cast<char>('a' + i * 7 % 26);
        return text;
    }
    test::TempDir directory_;
    const std::string before_ = std::string(1000, '-');
    const OwnedFd lock_ = opened(directory_ / "lock");
};

TEST_F(Note, TellsOfAWriteThatWasCutOff)
{
    const auto message = letters(10'000);
    AppendNote note{lock_.get(), 1000};
    note.announce(message, false);
    for (const std::size_t cut : {4096u - 1000, 8192u - 1000})
        EXPECT_EQ(unfinished(before_ + message.substr(0, cut)), 1000) << cut;
    for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, message.size() - 1, message.size()})
        EXPECT_EQ(unfinished(before_ + message.substr(0, cut)), std::nullopt) << cut;
    EXPECT_EQ(unfinished(before_ + message.substr(0, 4096 - 1000) + "From somebody else"), std::nullopt);
    EXPECT_EQ(unfinished(before_ + std::string(4096 - 1000, 'x')), std::nullopt);
    EXPECT_EQ(unfinished(before_ + message + "another"), std::nullopt);
    EXPECT_EQ(unfinished(before_.substr(0, 500)), std::nullopt);
}

TEST_F(Note, TellsOfAMessageOfSeveralWrites)
{
    const auto first = letters(9'000), second = letters(5'000);
    AppendNote note{lock_.get(), 1000};
    note.announce(first, true);
    EXPECT_EQ(unfinished(before_ + first), 1000); // more was to come
    note.announce(second, false);
    EXPECT_EQ(unfinished(before_ + first), 1000);
    EXPECT_EQ(unfinished(before_ + first + second.substr(0, 12288 - 10000)), 1000);
    EXPECT_EQ(unfinished(before_ + first + second), std::nullopt);
    EXPECT_EQ(unfinished(before_ + letters(9'001).substr(1)), std::nullopt);
}

TEST_F(Note, OfAShortMessageStandsBeforeTheRestOfALongOne)
{
    AppendNote{lock_.get(), 0}.announce(letters(100'000), false);
    AppendNote{lock_.get(), 1000}.announce(letters(5'000), false);
    EXPECT_EQ(unfinished(before_ + letters(5'000).substr(0, 3096)), 1000);
}

TEST_F(Note, IsNothingWhenItIsNoNote)
{
    for (const auto* text : {"", "0", "1234", "gatepost", "gatepost 0 0 0 9 0 1 2 3\n", "gatepost 0 0 0 9999 0 end", "gatepost x 0 0 9 0 end\n",
                             "gatepost 0 0 0 99999999999999999999 0 1 end\n", "gatepost 18446744073709551615 0 0 9 1 end\n", "gatepost 1 2 3 end\n"})
        EXPECT_EQ(unfinished_append(text, lock_.get(), 100), std::nullopt) << text;
}

class LeftLock : public Letter {
protected:
    LeftLock()
    {
        option("file", box_);
        option("message_prefix", "From s@src.example\n");
        option("message_suffix", "\n");
        option("lock_interval", "1s");
        option("lockfile_timeout", "1s");
    }
    const std::string box_ = directory_ / "box";
};

// Somebody died in the second page of his message, and his lock is too old.
TEST_F(LeftLock, TakesAwayWhatItsHolderLeftUnfinished)
{
    const std::string message(6'000, 'x'), whole = "From s@src.example\nSubject: hello\nFrom: a@src.example\n\none\n>From here\n.dot\n\n";
    AppendNote{opened(box_ + ".lock").get(), 0}.announce(message, false);
    test::write_file(box_, message.substr(0, 4096));
    ASSERT_EQ(::chmod(box_.c_str(), 0600), 0);
    EXPECT_EQ(deliver("appendfile").fate, delivery::Fate::delivered);
    EXPECT_EQ(test::read_file(box_), whole);
    EXPECT_EQ(names(directory_.path()), std::vector<std::string>{"box"});
}

// Who takes the place of one who died may die before he has mended anything: what is to be mended stands in the lock still.
TEST_F(LeftLock, KeepsTheNoteUntilItIsMended)
{
    const std::string message(6'000, 'x');
    AppendNote{opened(box_ + ".lock").get(), 0}.announce(message, false);
    const auto note = test::read_file(box_ + ".lock");
    LockRules rules{.host = "mta.example", .retries = 20, .interval = Duration{500}, .lockfile_timeout = Duration{1000}};
    const auto lock = LockFile::make(box_, rules);
    ASSERT_TRUE(lock) << lock.error().text;
    EXPECT_EQ(lock->left(), note);
    EXPECT_EQ(test::read_file(box_ + ".lock"), note);
    EXPECT_EQ(names(directory_.path()), std::vector<std::string>{"box.lock"});
    rules.retries = 1;
    EXPECT_FALSE(LockFile::make(box_, rules)) << "it is fresh for others";
}

// What is no note of ours is not taken over, whoever made it: the lock is made anew.
TEST_F(LeftLock, WritesIntoNothingThatHasAnotherName)
{
    test::write_file(directory_ / "mine", "gatepost is the name of a thing\n");
    ASSERT_EQ(::link((directory_ / "mine").c_str(), (box_ + ".lock").c_str()), 0);
    const LockRules rules{.host = "mta.example", .retries = 20, .interval = Duration{500}, .lockfile_timeout = Duration{1000}};
    {
        const auto lock = LockFile::make(box_, rules);
        ASSERT_TRUE(lock) << lock.error().text;
        EXPECT_EQ(lock->left(), "");
    }
    EXPECT_EQ(test::read_file(directory_ / "mine"), "gatepost is the name of a thing\n");
}

}
}
