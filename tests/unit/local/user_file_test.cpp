#include "delivery/local/user_file.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "delivery/local/workers.h"
#include "tests/support/fiber_test.h"
#include "tests/support/temp_dir.h"

namespace gp::local {
namespace {

using launcher::FileQuestion;

std::string write_file(const std::string& path, const std::string& content, unsigned mode = 0644)
{
    std::ofstream{path} << content;
    ::chmod(path.c_str(), mode);
    return path;
}

FileQuestion reading(const std::string& path, std::uint64_t largest = 1000)
{
    return {.kind = FileQuestion::Kind::read, .path = path, .largest = largest};
}

TEST(AUsersFile, IsReadWithWhatIsKnownOfIt)
{
    const test::TempDir directory;
    const auto reply = look_at(reading(write_file(directory / "forward", "a@b.example\n", 0640)));
    EXPECT_EQ(reply.error, 0u);
    EXPECT_EQ(reply.content, "a@b.example\n");
    EXPECT_EQ(reply.mode & 07777, 0640u);
    EXPECT_EQ(reply.uid, ::geteuid());
}

TEST(AUsersFile, ThatIsNoFileIsNeitherReadNorWaitedFor)
{
    const test::TempDir directory;
    ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
    ASSERT_EQ(::symlink("/dev/zero", (directory / "zero").c_str()), 0);
    for (const auto& path : {directory / "fifo", directory / "zero", directory.path()}) {
        const auto reply = look_at(reading(path));
        EXPECT_TRUE(reply.is_irregular) << path;
        EXPECT_EQ(reply.content, "") << path;
    }
    EXPECT_EQ(look_at(reading(directory / "none")).error, static_cast<std::uint32_t>(ENOENT));
    EXPECT_EQ(look_at(reading(write_file(directory / "file", "") + "/x")).error, static_cast<std::uint32_t>(ENOTDIR));
    ASSERT_EQ(::symlink("loop", (directory / "loop").c_str()), 0);
    EXPECT_EQ(look_at(reading(directory / "loop")).error, static_cast<std::uint32_t>(ELOOP));
}

TEST(AUsersFile, ThatIsTooLargeIsNotHandedOn)
{
    const test::TempDir directory;
    const auto path = write_file(directory / "forward", std::string(1001, 'x'));
    EXPECT_TRUE(look_at(reading(path, 1000)).is_too_big);
    EXPECT_EQ(look_at(reading(path, 1001)).content.size(), 1001u);
}

TEST(AUsersFile, CanBeAddedTo)
{
    const test::TempDir directory;
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(look_at({.kind = FileQuestion::Kind::append, .path = directory / "log", .text = "line\n", .mode = 0600}).error, 0u);
    EXPECT_EQ(look_at(reading(directory / "log")).content, "line\nline\n");
}

// A nursery whose children may become other users, when the test is root.
class UsersEyes : public testing::Test {
protected:
    static constexpr std::uint32_t ann = 51001, bob = 51002;

    void SetUp() override
    {
        if (::geteuid() != 0)
            GTEST_SKIP() << "only root can become other users";
        auto opened = Nursery::open(upbringing);
        ASSERT_TRUE(opened) << opened.error().text;
        nursery = std::make_unique<Nursery>(std::move(opened).take());
        ::chmod(directory.path().c_str(), 0755);
        home = directory / "ann";
        ASSERT_EQ(::mkdir(home.c_str(), 0700), 0);
        own(home);
    }
    void TearDown() override
    {
        if (!nursery)
            return;
        const auto pid = nursery->pid();
        nursery.reset();
        ::waitpid(pid, nullptr, 0);
    }
    void own(const std::string& path) { ASSERT_EQ(::lchown(path.c_str(), ann, ann), 0); }
    launcher::FileReply look(Workers& workers, std::uint32_t uid, FileQuestion question)
    {
        question.uid = question.gid = uid;
        auto reply = workers.look(question);
        EXPECT_TRUE(reply) << reply.error().text;
        return reply ? *reply : launcher::FileReply{};
    }

    test::TempDir directory;
    std::string home;
    launcher::Parameters parameters{.primary_hostname = "mx.example", .also_gids = {ann, bob}};
    const Registry<Transport> transports = Registry<Transport>::linked();
    const Upbringing upbringing{parameters, transports, true};
    std::unique_ptr<Nursery> nursery;
};

TEST_F(UsersEyes, SeeAHomeThatIsShutToOthers)
{
    own(write_file(home + "/.forward", "x@y.example", 0600));
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        EXPECT_EQ(look(workers, ann, reading(home + "/.forward")).content, "x@y.example");
        EXPECT_EQ(look(workers, bob, reading(home + "/.forward")).error, static_cast<std::uint32_t>(EACCES));
    });
}

TEST_F(UsersEyes, DoNotSeeWhereALinkLeadsBeyondTheUsersRights)
{
    write_file(directory / "secret", "the administrator's", 0600);
    ASSERT_EQ(::symlink((directory / "secret").c_str(), (home + "/.forward").c_str()), 0);
    ASSERT_EQ(::symlink("/etc/shadow", (home + "/shadow").c_str()), 0);
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        for (const auto* name : {"/.forward", "/shadow"}) {
            const auto reply = look(workers, ann, reading(home + name));
            EXPECT_EQ(reply.error, static_cast<std::uint32_t>(EACCES)) << name;
            EXPECT_EQ(reply.content, "");
        }
    });
}

TEST_F(UsersEyes, WriteOnlyWhatTheUserCouldWrite)
{
    write_file(directory / "others", "", 0644);
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        const FileQuestion in_home{.kind = FileQuestion::Kind::append, .path = home + "/log", .text = "x\n"};
        EXPECT_EQ(look(workers, ann, in_home).uid, ann);
        const FileQuestion elsewhere{.kind = FileQuestion::Kind::append, .path = directory / "others", .text = "x\n"};
        EXPECT_EQ(look(workers, ann, elsewhere).error, static_cast<std::uint32_t>(EACCES));
    });
}

TEST_F(UsersEyes, OfOneUserAreThoseOfOneChild)
{
    own(write_file(home + "/.forward", "1", 0600));
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        for (int i = 0; i < 3; ++i)
            EXPECT_EQ(look(workers, ann, reading(home + "/.forward")).content, "1");
        EXPECT_EQ(workers.idle(), 1u);
        own(write_file(home + "/.forward", "2", 0600)); // nothing is remembered
        EXPECT_EQ(look(workers, ann, reading(home + "/.forward")).content, "2");
    });
}

}
}
