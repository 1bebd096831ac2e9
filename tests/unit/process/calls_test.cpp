#include "common/process/calls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <thread>

#include "common/process/jail.h"
#include "tests/unit/process/in_child.h"

namespace gp::process {
namespace {

constexpr uid_t a_user = 4242;

Notes under(const CallRules& rules, const std::function<void(Notebook&)>& body)
{
    return in_child([&](Notebook& book) {
        book.note("entered", forbid_new_privileges() && restrict_calls(rules) ? 1 : 0);
        body(book);
    });
}

TEST(Calls, TheBaseClassOpensConnectsAndExecutesNothing)
{
    const auto saw = under({}, [](Notebook& book) {
        book.call("open", ::open("/etc/passwd", O_RDONLY));
        book.call("openat2", ::syscall(SYS_openat2, AT_FDCWD, "/", nullptr, 0));
        book.call("socket", ::socket(AF_INET, SOCK_STREAM, 0));
        book.call("unix", ::socket(AF_UNIX, SOCK_STREAM, 0));
        char* const nothing[] = {nullptr};
        book.call("execve", ::execve("/bin/true", nothing, nothing));
        book.call("kill", ::kill(::getppid(), 0));
        book.call("fork", ::fork());
        book.call("ptrace", ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr));
        book.call("setresuid", ::syscall(SYS_setresuid, a_user, a_user, a_user));
        book.call("mkdir", ::mkdir("/tmp/gatepost-calls", 0700));
        book.call("io_uring", ::syscall(SYS_io_uring_setup, 1, nullptr));
        book.call("unshare", ::unshare(CLONE_NEWUSER));
    });
    ASSERT_EQ(saw.at("entered"), 1);
    for (const char* name : {"open", "openat2", "socket", "unix", "execve", "kill", "fork", "ptrace",
                             "setresuid", "mkdir", "io_uring", "unshare"})
        EXPECT_EQ(saw.at(name), EPERM) << name;
    EXPECT_EQ(saw.at("exit"), 0);
}

// libaudit, which PAM asks, ends at anything else but an absent family.
TEST(Calls, ProgramsGoOnWithoutTheKernelsAudit)
{
    const auto saw = under({.groups = calls_exec | calls_connect_unix, .fence = {}}, [](Notebook& book) {
        book.call("audit", ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
        book.call("raw", ::socket(AF_INET, SOCK_RAW, 0));
    });
    EXPECT_EQ(saw.at("audit"), EAFNOSUPPORT);
    EXPECT_EQ(saw.at("raw"), EPERM);
}

TEST(Calls, ANumberThatNobodyKnowsIsNotImplemented)
{
    const auto saw = under({}, [](Notebook& book) {
        book.call("new", ::syscall(1900));
        book.call("newest", ::syscall(100000));
    });
    EXPECT_EQ(saw.at("new"), ENOSYS);
    EXPECT_EQ(saw.at("newest"), ENOSYS);
}

TEST(Calls, MemoryNeverBecomesExecutable)
{
    const auto tries = [](Notebook& book) {
        void* plain = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        book.call("plain", plain == MAP_FAILED ? -1 : 0);
        book.call("mprotect", ::mprotect(plain, 4096, PROT_READ | PROT_EXEC));
        void* exec = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        book.call("mmap", exec == MAP_FAILED ? -1 : 0);
    };
    const auto closed = under({}, tries);
    EXPECT_EQ(closed.at("plain"), 0);
    EXPECT_EQ(closed.at("mprotect"), EPERM);
    EXPECT_EQ(closed.at("mmap"), EPERM);
    const auto open = under({.groups = calls_base, .forbid_exec_memory = false, .fence = {}}, tries);
    EXPECT_EQ(open.at("mprotect"), 0);
    EXPECT_EQ(open.at("mmap"), 0);
}

TEST(Calls, ReadingFilesIsNotWritingThem)
{
    const auto saw =
        under({.groups = calls_open_read, .forbid_exec_memory = true, .fence = {}}, [](Notebook& book) {
            book.call("read", ::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
            book.call("write", ::open("/dev/null", O_WRONLY));
            book.call("both", ::open("/dev/null", O_RDWR));
            book.call("create", ::open("/tmp/gatepost-calls", O_RDONLY | O_CREAT, 0600));
            book.call("truncate", ::open("/dev/null", O_RDONLY | O_TRUNC));
            book.call("unlink", ::unlink("/nonexistent"));
            book.call("rename", ::rename("/nonexistent", "/nonexistent2"));
        });
    EXPECT_EQ(saw.at("read"), 0);
    for (const char* name : {"write", "both", "create", "truncate", "unlink", "rename"})
        EXPECT_EQ(saw.at(name), EPERM) << name;
}

TEST(Calls, AnInternetClientHasNoUnixSocketsAndNoRawOnes)
{
    const auto saw =
        under({.groups = calls_connect_inet, .forbid_exec_memory = true, .fence = {}}, [](Notebook& book) {
            book.call("tcp", ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            book.call("tcp6", ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
            book.call("udp", ::socket(AF_INET, SOCK_DGRAM, 0));
            book.call("unix", ::socket(AF_UNIX, SOCK_STREAM, 0));
            book.call("raw", ::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
            book.call("packet", ::socket(AF_PACKET, SOCK_DGRAM, 0));
            book.call("netlink", ::socket(AF_NETLINK, SOCK_DGRAM, 0));
            book.call("listen", ::listen(0, 1));
        });
    EXPECT_EQ(saw.at("tcp"), 0);
    EXPECT_NE(saw.at("tcp6"), EPERM);
    EXPECT_EQ(saw.at("udp"), 0);
    for (const char* name : {"unix", "raw", "packet", "netlink", "listen"})
        EXPECT_EQ(saw.at(name), EPERM) << name;
}

TEST(Calls, ThreadsAreNotProcesses)
{
    const auto saw =
        under({.groups = calls_threads, .forbid_exec_memory = true, .fence = {}}, [](Notebook& book) {
            int seen = 0;
            std::thread{[&] { seen = 1; }}.join();
            book.note("thread", seen);
            book.call("fork", ::fork());
            book.call("vfork", ::syscall(SYS_vfork));
            book.call("clone3", ::syscall(SYS_clone3, nullptr, 0));
        });
    EXPECT_EQ(saw.at("thread"), 1);
    EXPECT_EQ(saw.at("fork"), EPERM);
    EXPECT_EQ(saw.at("vfork"), EPERM);
    EXPECT_EQ(saw.at("clone3"), ENOSYS);
}

TEST(Calls, ForkingMakesNoNamespaces)
{
    const auto saw =
        under({.groups = calls_fork, .forbid_exec_memory = true, .fence = {}}, [](Notebook& book) {
            const pid_t pid = ::fork();
            if (pid == 0)
                ::_exit(0);
            book.call("fork", pid);
            int status = -1;
            book.call("wait", ::waitpid(pid, &status, 0));
            book.call("namespace",
                      ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, 0));
            book.call("dgram_pair", [] {
                int fds[2];
                return ::socketpair(AF_UNIX, SOCK_DGRAM, 0, fds);
            }());
        });
    EXPECT_EQ(saw.at("fork"), 0);
    EXPECT_EQ(saw.at("wait"), 0);
    EXPECT_EQ(saw.at("namespace"), EPERM);
    EXPECT_EQ(saw.at("dgram_pair"), EPERM);
}

TEST(Calls, OfOtherProcessesNoneIsSignalled)
{
    const auto saw = under({}, [](Notebook& book) {
        book.call("tgkill", ::syscall(SYS_tgkill, ::getppid(), ::getppid(), 0));
        book.call("tkill", ::syscall(SYS_tkill, ::getppid(), 0));
        book.call("pidfd", ::syscall(SYS_pidfd_open, ::getppid(), 0));
    });
    for (const char* name : {"tgkill", "tkill", "pidfd"})
        EXPECT_EQ(saw.at(name), EPERM) << name;
    EXPECT_EQ(under({}, [](Notebook&) { ::abort(); }).at("exit"), -SIGABRT);
}

class Fence : public testing::Test {
protected:
    void SetUp() override
    {
        if (::geteuid() != 0)
            GTEST_SKIP() << "only root can try to change its uid";
    }
    static Notes with(const IdFence& fence, const std::function<void(Notebook&)>& body)
    {
        return under({.groups = calls_set_ids, .forbid_exec_memory = true, .fence = fence}, body);
    }
};

long set_uids(unsigned long real, unsigned long effective, unsigned long saved)
{
    return ::syscall(SYS_setresuid, real, effective, saved);
}

TEST_F(Fence, RootAndSystemUsersAreRefused)
{
    const auto saw = with({}, [](Notebook& book) {
        book.call("root", set_uids(0, 0, 0));
        book.call("system", set_uids(33, 33, 33));
        book.call("real", set_uids(0, a_user, a_user));
        book.call("effective", set_uids(a_user, 0, a_user));
        book.call("saved", set_uids(a_user, a_user, 0));
        book.call("below", set_uids(999, 999, 999));
        book.call("user", set_uids(a_user, a_user, a_user));
    });
    for (const char* name : {"root", "system", "real", "effective", "saved", "below"})
        EXPECT_EQ(saw.at(name), EPERM) << name;
    EXPECT_EQ(saw.at("user"), 0);
}

// The kernel takes the lower half of the register for the uid: a filter that compares all of it would let
// 1 << 32 pass for an ordinary user.
TEST_F(Fence, AWideNumberIsNoWayToRoot)
{
    const auto saw = with({}, [](Notebook& book) {
        const unsigned long wide = 1ul << 32;
        book.call("wide root", set_uids(wide, wide, wide));
        book.call("wide system", set_uids(wide + 33, wide + 33, wide + 33));
        book.call("wide group", ::syscall(SYS_setresgid, wide, wide, wide));
        book.note("uid", ::getuid());
    });
    EXPECT_EQ(saw.at("wide root"), EPERM);
    EXPECT_EQ(saw.at("wide system"), EPERM);
    EXPECT_EQ(saw.at("wide group"), EPERM);
}

TEST_F(Fence, UsersThatTransportsNamePass)
{
    const IdFence fence{.first_uid = 1000, .also_uids = {8, 101}};
    const auto saw = with(fence, [](Notebook& book) {
        book.call("root", set_uids(0, 0, 0));
        book.call("other", set_uids(9, 9, 9));
        book.call("mixed", set_uids(8, 9, 8));
        book.call("mail", set_uids(8, 101, 8));
    });
    EXPECT_EQ(saw.at("root"), EPERM);
    EXPECT_EQ(saw.at("other"), EPERM);
    EXPECT_EQ(saw.at("mixed"), EPERM);
    EXPECT_EQ(saw.at("mail"), 0);
}

TEST_F(Fence, NoGroupIsRoots)
{
    const auto saw = with({}, [](Notebook& book) {
        book.call("root", ::syscall(SYS_setresgid, 8, 0, 8));
        book.call("mail", ::syscall(SYS_setresgid, 8, 8, 8));
        book.call("setgid", ::syscall(SYS_setgid, 0));
        book.call("setregid", ::syscall(SYS_setregid, 0, 0));
        book.call("setfsgid", ::syscall(SYS_setfsgid, 0));
        book.call("setuid", ::syscall(SYS_setuid, a_user));
        book.call("setreuid", ::syscall(SYS_setreuid, a_user, a_user));
        book.call("setfsuid", ::syscall(SYS_setfsuid, a_user));
    });
    EXPECT_EQ(saw.at("root"), EPERM);
    EXPECT_EQ(saw.at("mail"), 0);
    for (const char* name : {"setgid", "setregid", "setfsgid", "setuid", "setreuid", "setfsuid"})
        EXPECT_EQ(saw.at(name), EPERM) << name;
}

TEST(CallRules, AFenceThatLetsRootPassIsRefused)
{
    EXPECT_FALSE(restrict_calls(
        {.groups = calls_set_ids, .forbid_exec_memory = true, .fence = {.first_uid = 0, .also_uids = {}}}));
    EXPECT_FALSE(restrict_calls({.groups = calls_set_ids,
                                 .forbid_exec_memory = true,
                                 .fence = {.first_uid = 1000, .also_uids = {0}}}));
}

TEST(CallRules, EveryNameOfTheTableIsACallOfThisLibrary)
{
    for (const auto& name : allowed_calls(~0u))
        EXPECT_GE(seccomp_syscall_resolve_name(name.c_str()), 0) << name;
}

// SECURITY.md section 6, S4.
TEST(CallRules, TheBaseClassIsSmall)
{
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the sanitizers need more";
#endif
    EXPECT_LE(allowed_calls(calls_base).size(), 36u);
    EXPECT_LE(allowed_calls(calls_accept).size(), 45u);
}

}
}
