#include "common/process/jail.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common/process/capabilities.h"
#include "tests/unit/process/in_child.h"

namespace gp::process {
namespace {

constexpr uid_t a_user = 4242;
constexpr gid_t a_group = 4243;

class Jail : public testing::Test {
protected:
    void SetUp() override
    {
        char name[] = "/tmp/gatepost-jail-XXXXXX";
        root_ = ::mkdtemp(name);
        ::mkdir((root_ + "/empty").c_str(), 0555);
        ::mkdir((root_ + "/own").c_str(), 0700);
        ::chmod(root_.c_str(), 0755);
        if (::geteuid() == 0) {
            ASSERT_EQ(::chown((root_ + "/own").c_str(), a_user, a_group), 0);
        }
    }
    void TearDown() override
    {
        ::unlink((root_ + "/own/file").c_str());
        for (const char* folder : {"/empty", "/own", ""})
            ::rmdir((root_ + folder).c_str());
    }
    JailPlan plan() const
    {
        JailPlan plan;
        plan.root = root_ + "/empty";
        if (::geteuid() == 0)
            plan.user = Identity{a_user, a_group, {}};
        plan.limits.memory_mib = 512;
        plan.limits.files = 64;
        return plan;
    }
    std::string root_;
};

TEST_F(Jail, AllWallsStandForRoot)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root";
    const auto saw = in_child([&](Notebook& book) {
        auto wide = plan();
        // To look around from inside; the filter itself has its own tests.
        wide.calls.groups = calls_open_read | calls_set_ids | calls_fork | calls_kill;
        const auto report = enter_jail(wide);
        book.note("standing", report ? static_cast<long>(report->standing) : -1);
        book.note("missing", report ? static_cast<long>(report->missing) : -1);
        book.note("uid", ::getuid());
        book.note("gid", ::getgid());
        book.note("groups", ::getgroups(0, nullptr));
        book.note("nnp", ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
        const auto capabilities = current_capabilities();
        book.note("caps", capabilities ? static_cast<long>(capabilities->effective | capabilities->permitted |
                                                           capabilities->bounding | capabilities->ambient)
                                       : -1);
        book.call("root entries", ::open("/etc", O_RDONLY));
        rlimit files{};
        ::getrlimit(RLIMIT_NOFILE, &files);
        book.note("files", static_cast<long>(files.rlim_max));
        book.note("dumpable", ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
    });
#ifdef __SANITIZE_ADDRESS__
    EXPECT_EQ(saw.at("missing"), wall_limits);
#else
    if (landlock_abi() >= 6) {
        EXPECT_EQ(saw.at("standing"), all_walls);
    }
    EXPECT_EQ(saw.at("missing") & ~(wall_files | wall_ports | wall_scopes), 0);
#endif
    EXPECT_EQ(saw.at("uid"), a_user);
    EXPECT_EQ(saw.at("gid"), a_group);
    EXPECT_EQ(saw.at("groups"), 0);
    EXPECT_EQ(saw.at("nnp"), 1);
    EXPECT_EQ(saw.at("caps"), 0);
    EXPECT_NE(saw.at("root entries"), 0);
    EXPECT_EQ(saw.at("files"), 64);
    EXPECT_EQ(saw.at("dumpable"), 0);
}

TEST_F(Jail, PlacesAreOpenedWithTheNewUsersRights)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root";
    const auto saw = in_child([&](Notebook& book) {
        // As master starts a service: root, but not above other users' permissions.
        limit_bounding_set(master_capabilities()).take();
        reduce_capabilities(master_capabilities()).take();
        int own = -1;
        auto wide = plan();
        wide.paths = {{root_ + "/own", path_read | path_write}};
        wide.calls.groups = calls_open_read | calls_open_write;
        wide.as_user = [&]() -> Status {
            own = ::open((root_ + "/own").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            return own < 0 ? Status{system_error("open")} : Status{};
        };
        const auto report = enter_jail(wide);
        book.note("entered", report ? static_cast<long>(report->notes.size()) : -1);
        book.call("create", ::openat(own, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        book.call("escape", ::openat(own, "../empty", O_RDONLY | O_CLOEXEC));
    });
    EXPECT_EQ(saw.at("entered"), landlock_abi() >= 6 ? 0 : saw.at("entered"));
    EXPECT_EQ(saw.at("create"), 0);
    EXPECT_NE(saw.at("escape"), 0);
}

TEST_F(Jail, TheLauncherKeepsThreeCapabilitiesAndItsChildNone)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root";
    const auto saw = in_child([&](Notebook& book) {
        auto launcher = plan();
        launcher.keep_set_ids = true;
        launcher.calls.groups = calls_fork | calls_set_ids | calls_kill;
        book.note("entered", enter_jail(launcher) ? 1 : 0);
        const auto capabilities = current_capabilities();
        book.note("caps", static_cast<long>(capabilities->effective));
        book.note("expected", static_cast<long>(set_id_capabilities()));
        book.call("root", ::syscall(SYS_setresuid, 0, 0, 0));
        // SECURITY.md section 3, trap 1: a change between two ordinary users leaves capabilities alone.
        book.note("became", become({5000, 5000, {}}) ? 1 : 0);
        book.note("kept", static_cast<long>(current_capabilities()->effective));
        book.note("dropped", reduce_capabilities(0) ? 1 : 0);
        book.note("left", static_cast<long>(current_capabilities()->permitted));
        book.call("another", ::syscall(SYS_setresuid, 6000, 6000, 6000));
    });
    EXPECT_EQ(saw.at("entered"), 1);
    EXPECT_EQ(saw.at("caps"), saw.at("expected"));
    EXPECT_EQ(saw.at("root"), EPERM);
    EXPECT_EQ(saw.at("became"), 1);
    EXPECT_EQ(saw.at("kept"), saw.at("expected"));
    EXPECT_EQ(saw.at("dropped"), 1);
    EXPECT_EQ(saw.at("left"), 0);
    EXPECT_EQ(saw.at("another"), EPERM);
}

// Filters and domains are inherited: a pipe transport's command must run inside the launcher's.
TEST_F(Jail, ACommandOfTheLaunchersChildRunsButNotBeyondTheWalls)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root";
    const auto saw = in_child([&](Notebook& book) {
        auto launcher = plan();
        launcher.root.clear();
        launcher.keep_set_ids = true;
        launcher.paths = {{"/", path_read | path_write | path_execute}};
        launcher.calls.groups =
            calls_fork | calls_set_ids | calls_kill | calls_exec | calls_open_read | calls_open_write;
        launcher.calls.forbid_exec_memory = false;
        book.note("entered", enter_jail(launcher) ? 1 : 0);
        book.call("root", ::syscall(SYS_setresuid, 0, 0, 0));
        book.call("setuid", ::syscall(SYS_setuid, 0));
        book.call("setreuid", ::syscall(SYS_setreuid, 1ul << 32, 1ul << 32));
        book.call("setgid", ::syscall(SYS_setgid, 0));
        book.call("ring", ::syscall(SYS_io_uring_setup, 1, nullptr));
        book.call("namespace", ::unshare(CLONE_NEWUSER));
        book.call("trace", ::syscall(SYS_ptrace, 16, ::getppid(), nullptr, nullptr));
        book.call("inet", ::syscall(SYS_socket, 2, 1, 0));
        const pid_t pid = ::fork();
        if (pid == 0) {
            become({5000, 5000, {}}).take();
            reduce_capabilities(0).take();
            ::execl("/bin/sh", "sh", "-c",
                    "test \"$(echo a b | /usr/bin/wc -w)\" -eq 2 && test \"$(id -u)\" = 5000", nullptr);
            ::_exit(126);
        }
        int status = -1;
        ::waitpid(pid, &status, 0);
        book.note("command", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    });
    EXPECT_EQ(saw.at("entered"), 1);
    EXPECT_EQ(saw.at("command"), 0);
    for (const char* name : {"root", "setuid", "setreuid", "setgid", "ring", "namespace", "trace", "inet"})
        EXPECT_EQ(saw.at(name), EPERM) << name;
}

TEST_F(Jail, AnOrdinaryUserGetsTheWallsThatNeedNoRoot)
{
    const auto saw = in_child([&](Notebook& book) {
        if (::geteuid() == 0)
            become({a_user, a_group, {}}).take();
        auto own = plan();
        own.user.reset();
        const auto report = enter_jail(own);
        book.note("standing", report ? static_cast<long>(report->standing) : -1);
        book.note("missing", report ? static_cast<long>(report->missing) : -1);
        book.note("unasked", report ? static_cast<long>(report->unasked) : -1);
        book.call("open", ::open("/etc/passwd", O_RDONLY));
        book.call("signal", ::kill(::getppid(), 0));
    });
    const long expected = wall_capabilities | wall_no_new_privs | wall_calls | wall_not_traced;
    EXPECT_EQ(saw.at("standing") & expected, expected);
    EXPECT_TRUE(saw.at("missing") & wall_root);
    EXPECT_TRUE(saw.at("unasked") & wall_user);
    EXPECT_EQ(saw.at("open"), EPERM);
    EXPECT_EQ(saw.at("signal"), EPERM);
}

TEST_F(Jail, AnOlderLandlockIsReportedAndNoError)
{
    const auto saw = in_child([&](Notebook& book) {
        auto old = plan();
        old.landlock_at_most = 2;
        const auto report = enter_jail(old);
        book.note("missing", report ? static_cast<long>(report->missing) : -1);
        book.note("notes", report ? static_cast<long>(report->notes.size()) : -1);
    });
    EXPECT_TRUE(saw.at("missing") & wall_ports);
    EXPECT_TRUE(saw.at("missing") & wall_scopes);
    EXPECT_GE(saw.at("notes"), 2);
}

TEST_F(Jail, DeathOfTheParentStillEndsUsAfterTheChangeOfUser)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "needs root";
    const auto saw = in_child([&](Notebook& book) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        auto wide = plan();
        wide.calls.groups = calls_fork;
        book.note("entered", enter_jail(wide) ? 1 : 0);
        int signal = 0;
        ::prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0);
        book.note("signal", signal);
    });
    EXPECT_EQ(saw.at("entered"), 1);
    EXPECT_EQ(saw.at("signal"), SIGKILL);
}

TEST(Identity, RootIsNeverBecome)
{
    EXPECT_FALSE(become({0, 1, {}}));
    EXPECT_FALSE(become({static_cast<uid_t>(-1), 1, {}}));
}

TEST(Identity, FindsUsersByNameAndNumber)
{
    const auto root = find_user("root");
    ASSERT_TRUE(root) << root.error().text;
    EXPECT_EQ(root->uid, 0u);
    EXPECT_EQ(find_user(uid_t{0})->name, "root");
    const auto nobody = find_user("no-such-user-here");
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().cause, Cause::not_found);
    EXPECT_EQ(find_group("no-such-group-here").error().cause, Cause::not_found);
}

TEST(WallNames, AreReadable)
{
    EXPECT_EQ(wall_names(wall_user | wall_calls), "user calls");
    EXPECT_EQ(call_group_names(calls_accept | calls_lock), "accept lock");
}

}
}
