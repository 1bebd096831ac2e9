#include "master/control/instance.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace gp::control {
namespace {

namespace fs = std::filesystem;

class OneInstance : public testing::Test {
protected:
    void SetUp() override
    {
        char name[] = "/tmp/gatepost-instance-XXXXXX";
        root_ = ::mkdtemp(name);
        fs::create_directory(root_ / "run");
    }
    void TearDown() override { fs::remove_all(root_); }
    void write_pid(const std::string& text) { std::ofstream{root_ / "run/master.pid"} << text; }
    // As master holds it.
    OwnedFd lock()
    {
        OwnedFd fd{::open((root_ / "run/master.pid").c_str(), O_RDWR | O_CLOEXEC)};
        struct flock whole {};
        whole.l_type = F_WRLCK;
        EXPECT_EQ(::fcntl(fd.get(), F_OFD_SETLK, &whole), 0);
        return fd;
    }
    fs::path root_;
};

TEST_F(OneInstance, IsNotRunningWithoutAPidFile)
{
    EXPECT_EQ(Instance{root_.string()}.master().error().cause, Cause::not_found);
    EXPECT_EQ(Instance{"/nonexistent"}.master().error().cause, Cause::not_found);
}

TEST_F(OneInstance, APidFileThatNobodyHoldsMeansNothing)
{
    write_pid(std::to_string(::getpid()) + "\n");
    EXPECT_EQ(Instance{root_.string()}.master().error().cause, Cause::not_found);
    const auto held = lock();
    const auto master = Instance{root_.string()}.master();
    ASSERT_TRUE(master) << master.error().text;
    EXPECT_EQ(master->pid, ::getpid());
}

TEST_F(OneInstance, AnOddPidFileIsRefused)
{
    for (const char* text : {"", "x", "1 2", "99999999999999999999"}) {
        write_pid(text);
        const auto held = lock();
        EXPECT_FALSE(Instance{root_.string()}.master()) << text;
    }
}

TEST_F(OneInstance, AStatusOfAnotherVersionIsRefused)
{
    std::ofstream{root_ / "run/status"} << "something else";
    EXPECT_FALSE(Instance{root_.string()}.status());
    auto board = std::make_unique<service::StatusBoard>();
    std::memcpy(board->magic, service::status_magic, sizeof board->magic);
    board->entries = 1'000'000; // bounded by the reader
    std::memset(board->entry[0].pool, 'x', sizeof board->entry[0].pool);
    std::ofstream{root_ / "run/status", std::ios::binary}.write(reinterpret_cast<const char*>(board.get()),
                                                                sizeof *board);
    const auto status = Instance{root_.string()}.status();
    ASSERT_TRUE(status) << status.error().text;
    EXPECT_EQ(status->entries.size(), service::max_processes);
    EXPECT_EQ(std::string_view(status->entries[0].pool).size(), sizeof board->entry[0].pool - 1);
}

}
}
