#include "common/process/landlock.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/process/jail.h"
#include "tests/unit/process/in_child.h"

namespace gp::process {
namespace {

class Landlock : public testing::Test {
protected:
    void SetUp() override
    {
        if (landlock_abi() == 0)
            GTEST_SKIP() << "this kernel has no Landlock";
        char name[] = "/tmp/gatepost-landlock-XXXXXX";
        root_ = ::mkdtemp(name);
        for (const char* folder : {"/in", "/out"})
            ::mkdir((root_ + folder).c_str(), 0700);
        for (const char* file : {"/in/file", "/out/file"})
            ::close(::open((root_ + file).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
    void TearDown() override
    {
        for (const char* file : {"/in/file", "/in/new", "/in/moved", "/out/file", "/out/new", "/out/moved"})
            ::unlink((root_ + file).c_str());
        for (const char* folder : {"/in", "/out", ""})
            ::rmdir((root_ + folder).c_str());
    }

    Notes under(const std::vector<PathRule>& rules, const PortFence& ports,
                const std::function<void(Notebook&)>& body, int at_most = 1000)
    {
        return in_child([&](Notebook& book) {
            auto fence = FileFence::prepare(rules);
            const bool ready = fence && forbid_new_privileges();
            auto entered = restrict_reach(*fence, ports, at_most);
            book.note("entered", ready && entered ? entered->abi : -1);
            body(book);
        });
    }
    int try_open(const char* name, int flags)
    {
        return ::open((root_ + name).c_str(), flags | O_CLOEXEC, 0600);
    }

    std::string root_;
};

TEST_F(Landlock, WhatNoRuleNamesIsOutOfReach)
{
    const auto saw = under({{root_ + "/in", path_read}}, {}, [&](Notebook& book) {
        book.call("read in", try_open("/in/file", O_RDONLY));
        book.call("list in", try_open("/in", O_RDONLY | O_DIRECTORY));
        book.call("write in", try_open("/in/file", O_WRONLY));
        book.call("read out", try_open("/out/file", O_RDONLY));
        book.call("passwd", ::open("/etc/passwd", O_RDONLY));
        book.call("create", try_open("/in/new", O_WRONLY | O_CREAT));
        book.call("execute", ::execl("/bin/true", "true", nullptr));
    });
    EXPECT_EQ(saw.at("read in"), 0);
    EXPECT_EQ(saw.at("list in"), 0);
    for (const char* name : {"write in", "read out", "passwd", "create", "execute"})
        EXPECT_EQ(saw.at(name), EACCES) << name;
}

TEST_F(Landlock, WritingGoesWithCreatingRenamingAndRemoving)
{
    const auto saw = under({{root_ + "/in", path_read | path_write}}, {}, [&](Notebook& book) {
        book.call("create", try_open("/in/new", O_WRONLY | O_CREAT));
        book.call("rename", ::rename((root_ + "/in/new").c_str(), (root_ + "/in/moved").c_str()));
        book.call("away", ::rename((root_ + "/in/moved").c_str(), (root_ + "/out/moved").c_str()));
        book.call("remove", ::unlink((root_ + "/in/moved").c_str()));
        book.call("remove out", ::unlink((root_ + "/out/file").c_str()));
    });
    EXPECT_EQ(saw.at("create"), 0);
    EXPECT_EQ(saw.at("rename"), 0);
    EXPECT_NE(saw.at("away"), 0);
    EXPECT_EQ(saw.at("remove"), 0);
    EXPECT_EQ(saw.at("remove out"), EACCES);
}

TEST_F(Landlock, OneFileMayBeNamed)
{
    const auto saw = under({{root_ + "/in/file", path_read | path_write}}, {}, [&](Notebook& book) {
        book.call("file", try_open("/in/file", O_RDWR));
        book.call("beside", try_open("/in/new", O_WRONLY | O_CREAT));
    });
    EXPECT_EQ(saw.at("file"), 0);
    EXPECT_EQ(saw.at("beside"), EACCES);
}

TEST_F(Landlock, AMissingPlaceIsToldAndStaysOut)
{
    const auto fence = FileFence::prepare({{root_ + "/nowhere", path_read}, {root_ + "/in", path_read}});
    ASSERT_TRUE(fence);
    EXPECT_EQ(fence->missing(), std::vector<std::string>{root_ + "/nowhere"});
}

int connect_to(std::uint16_t port)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to);
}

TEST_F(Landlock, ConnectionsGoToNamedPortsOnly)
{
    if (landlock_abi() < 4)
        GTEST_SKIP() << "this kernel's Landlock knows no ports";
    const auto saw =
        under({}, {.connect_anywhere = false, .connect = {9}, .bind_anywhere = false, .bind = {}},
              [](Notebook& book) {
                  book.call("named", connect_to(9));
                  book.call("other", connect_to(22));
                  sockaddr_in any{};
                  any.sin_family = AF_INET;
                  book.call("bind", ::bind(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                                           reinterpret_cast<sockaddr*>(&any), sizeof any));
              });
    EXPECT_NE(saw.at("named"), EACCES); // nobody listens there, most likely
    EXPECT_EQ(saw.at("other"), EACCES);
    EXPECT_EQ(saw.at("bind"), EACCES);
}

TEST_F(Landlock, SignalsAndAbstractSocketsEndAtTheDomain)
{
    if (landlock_abi() < 6)
        GTEST_SKIP() << "this kernel's Landlock knows no scopes";
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const std::string text = "gatepost-scope-" + std::to_string(::getpid());
    text.copy(name.sun_path + 1, sizeof name.sun_path - 2);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
    const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::bind(listening, reinterpret_cast<sockaddr*>(&name), length), 0);
    ASSERT_EQ(::listen(listening, 1), 0);
    const auto saw = under({}, {}, [&](Notebook& book) {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        book.call("abstract", ::connect(fd, reinterpret_cast<sockaddr*>(&name), length));
        book.call("signal", ::kill(::getppid(), 0));
        book.call("own", ::kill(::getpid(), 0));
    });
    ::close(listening);
    EXPECT_EQ(saw.at("abstract"), EPERM);
    EXPECT_EQ(saw.at("signal"), EPERM);
    EXPECT_EQ(saw.at("own"), 0);
}

class LandlockVersion : public Landlock, public testing::WithParamInterface<int> {};

TEST_P(LandlockVersion, GivesTheWallsThatItHas)
{
    if (landlock_abi() < GetParam())
        GTEST_SKIP() << "this kernel's version is lower";
    const auto saw = under(
        {{root_ + "/in", path_read | path_write}}, {},
        [&](Notebook& book) {
            book.call("in", try_open("/in/file", O_RDWR));
            book.call("out", try_open("/out/file", O_RDONLY));
            book.call("connect", connect_to(22));
        },
        GetParam());
    EXPECT_EQ(saw.at("entered"), GetParam());
    EXPECT_EQ(saw.at("in"), 0);
    EXPECT_EQ(saw.at("out"), EACCES);
    if (GetParam() >= 4)
        EXPECT_EQ(saw.at("connect"), EACCES);
    else
        EXPECT_NE(saw.at("connect"), EACCES);
}

INSTANTIATE_TEST_SUITE_P(, LandlockVersion, testing::Values(1, 2, 3, 4, 5, 6));

}
}
