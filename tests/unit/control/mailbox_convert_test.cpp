#include "master/control/mailbox_convert.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace gp::control {
namespace {

constexpr std::string_view two = "From a@x.example Sat Nov 21 10:00:00 2026\n"
                                 "Subject: one\nStatus: RO\nX-Status: A\n\nbody\n>From here\n>>From there\n\n"
                                 "From b@x.example Sat Nov 21 11:00:00 2026\n"
                                 "Subject: two\n\n\nlast\n\n";

class AMailbox : public testing::Test {
protected:
    void SetUp() override { std::ofstream{mbox} << two; }
    std::vector<std::string> files(const std::string& folder) const
    {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(maildir + folder))
            found.push_back(entry.path());
        std::ranges::sort(found);
        return found;
    }
    static std::string read(const std::string& path)
    {
        std::ifstream file{path};
        return {std::istreambuf_iterator<char>(file), {}};
    }

    test::TempDir directory;
    const std::string mbox = directory / "mbox", maildir = directory / "Maildir", back = directory / "back";
};

TEST_F(AMailbox, BecomesAMaildirWithItsFlags)
{
    const auto done = mbox_to_maildir(mbox, maildir);
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_EQ(done->copied, 2u);
    ASSERT_EQ(files("/cur").size(), 1u);
    ASSERT_EQ(files("/new").size(), 1u);
    EXPECT_TRUE(files("/cur")[0].ends_with(":2,RS"));
    EXPECT_EQ(read(files("/cur")[0]), "Return-path: <a@x.example>\nSubject: one\nStatus: RO\nX-Status: A\n\nbody\nFrom here\n>From there\n");
    EXPECT_EQ(read(files("/new")[0]), "Return-path: <b@x.example>\nSubject: two\n\n\nlast\n");
    EXPECT_EQ(read(mbox), two) << "the source is as it was";
    EXPECT_NE(::access((mbox + ".lock").c_str(), F_OK), 0);
}

TEST_F(AMailbox, IsNotConvertedTwice)
{
    ASSERT_TRUE(mbox_to_maildir(mbox, maildir));
    std::filesystem::remove(files("/new")[0]); // as if the first run had been ended
    const auto again = mbox_to_maildir(mbox, maildir);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->copied, 1u);
    EXPECT_EQ(again->there_already, 1u);
}

TEST_F(AMailbox, ComesBackAsItWasWithItsSender)
{
    ASSERT_TRUE(mbox_to_maildir(mbox, maildir));
    const auto done = maildir_to_mbox(maildir, back);
    ASSERT_TRUE(done) << done.error().text;
    auto expected = std::string(two);
    for (const std::string name : {"a@x.example", "b@x.example"})
        expected.insert(expected.find('\n', expected.find(name)) + 1, "Return-path: <" + name + ">\n");
    EXPECT_EQ(read(back), expected);
    const auto again = maildir_to_mbox(maildir, back);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->copied, 0u);
    EXPECT_EQ(read(back), expected);
}

TEST_F(AMailbox, HasWhatComesBackToItAlready)
{
    ASSERT_TRUE(mbox_to_maildir(mbox, maildir));
    const auto done = maildir_to_mbox(maildir, mbox);
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_EQ(done->there_already, 2u);
    EXPECT_EQ(read(mbox), two);
}

TEST_F(AMailbox, WithCrAtTheEndOfLinesIsUnderstood)
{
    std::string text;
    for (const char c : two)
        text += c == '\n' ? std::string("\r\n") : std::string(1, c);
    std::ofstream{mbox} << text;
    const auto done = mbox_to_maildir(mbox, maildir);
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_EQ(done->copied, 2u);
    EXPECT_EQ(read(files("/new")[0]), "Return-path: <b@x.example>\nSubject: two\n\n\nlast\n");
}

TEST_F(AMailbox, IsNotTornByTextThatBeginsWithFrom)
{
    std::ofstream{mbox} << "From MAILER-DAEMON Sat Nov 21 10:00:00 2026\nSubject: x\n\nbody\n\nFrom here on it is text\n\n";
    const auto done = mbox_to_maildir(mbox, maildir);
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_EQ(done->copied, 1u);
    EXPECT_EQ(read(files("/new")[0]), "Return-path: <>\nSubject: x\n\nbody\n\nFrom here on it is text\n");
}

TEST_F(AMailbox, EndsAMessageWhereItsContentLengthSays)
{
    const std::string body = "one\n\nFrom c@x.example Sat Nov 21 10:00:00 2026\nis text\n";
    const auto head = "From a@x.example Sat Nov 21 10:00:00 2026\nContent-Length: ";
    std::ofstream{mbox} << head << body.size() << "\n\n" << body << "\n" << two;
    const auto done = mbox_to_maildir(mbox, maildir);
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_EQ(done->copied, 3u);
    std::ofstream{mbox} << head << body.size() - 5 << "\n\n" << body << "\n" << two; // which is not true
    const auto wrong = mbox_to_maildir(mbox, directory / "other");
    ASSERT_TRUE(wrong) << wrong.error().text;
    EXPECT_EQ(wrong->copied, 4u);
}

// As after SIGKILL: the lock file is there, and nobody holds it.
TEST_F(AMailbox, IsTakenOverFromARunThatWasKilled)
{
    std::ofstream{mbox + ".lock"} << "gatepost mailbox\n";
    const auto done = mbox_to_maildir(mbox, maildir);
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_EQ(done->copied, 2u);
    EXPECT_NE(::access((mbox + ".lock").c_str(), F_OK), 0);
}

TEST_F(AMailbox, WithMessagesOfTheSameContentKeepsThemAll)
{
    std::ofstream{mbox, std::ios::app} << two;
    const auto done = mbox_to_maildir(mbox, maildir);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->copied, 4u);
    const auto returned = maildir_to_mbox(maildir, back);
    ASSERT_TRUE(returned);
    EXPECT_EQ(returned->copied, 4u);
}

TEST_F(AMailbox, IsUnlockedWhenASignalEndsTheConversion)
{
    sigset_t ends, before;
    ::sigemptyset(&ends);
    ::sigaddset(&ends, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &ends, &before);
    ::raise(SIGTERM);
    const auto done = mbox_to_maildir(mbox, maildir);
    ::sigtimedwait(&ends, nullptr, std::array<timespec, 1>{}.data());
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    EXPECT_FALSE(done);
    EXPECT_NE(::access((mbox + ".lock").c_str(), F_OK), 0);
    const auto again = mbox_to_maildir(mbox, maildir);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->copied, 2u);
}

TEST_F(AMailbox, ThatIsNoneIsLeftAlone)
{
    std::ofstream{mbox} << "Subject: x\n\nbody\n";
    EXPECT_FALSE(mbox_to_maildir(mbox, maildir));
    EXPECT_FALSE(mbox_to_maildir(directory / "none", maildir));
}

TEST_F(AMailbox, ThatSomebodyDiedWritingGetsTheRestOnItsOwnLine)
{
    ASSERT_TRUE(mbox_to_maildir(mbox, maildir));
    std::ofstream{back} << "From c@x.example Sat Nov 21 09:00:00 2026\nSubject: torn\n\nhal";
    const auto done = maildir_to_mbox(maildir, back);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->copied, 2u);
    EXPECT_NE(read(back).find("hal\n\nFrom "), std::string::npos);
}

}
}
