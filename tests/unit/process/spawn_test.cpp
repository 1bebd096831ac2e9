#include "common/process/spawn.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

namespace gp::process {
namespace {

using namespace std::chrono_literals;

struct Ran {
    Exit exit;
    std::string output;
};

Ran run(Command command, Duration limit = 10s)
{
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    command.descriptors.push_back({ends[1], 1});
    auto child = start(command);
    EXPECT_TRUE(child);
    ::close(ends[1]);
    Ran ran;
    char piece[4096];
    for (ssize_t got = 0; (got = ::read(ends[0], piece, sizeof piece)) > 0;)
        ran.output.append(piece, static_cast<std::size_t>(got));
    ::close(ends[0]);
    ran.exit = *wait_for(*child, limit);
    return ran;
}

Command shell(const std::string& script)
{
    Command command;
    command.path = "/bin/sh";
    command.arguments = {"sh", "-c", script};
    return command;
}

TEST(Spawn, GivesNoEnvironmentButTheOneNamed)
{
    ::setenv("GATEPOST_SECRET", "x", 1);
    auto command = shell("/usr/bin/env | grep -v ^PWD | grep -v ^_= | grep -v SHLVL");
    command.environment = {"TZ=UTC"};
    EXPECT_EQ(run(command).output, "TZ=UTC\n");
}

TEST(Spawn, PassesNoDescriptorButTheOnesNamed)
{
    const OwnedFd open_one{::open("/etc/passwd", O_RDONLY)}; // without close-on-exec
    const OwnedFd passed{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    auto command =
        shell("i=0; while [ $i -lt 100 ]; do [ -e /proc/$$/fd/$i ] && echo $i; i=$((i+1)); done; true");
    command.descriptors = {{passed.get(), 5}};
    EXPECT_EQ(run(command).output, "0\n1\n2\n5\n");
}

TEST(Spawn, SwapsDescriptorsWithoutLosingOne)
{
    auto a = OwnedFd{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    auto b = OwnedFd{::open("/dev/zero", O_RDONLY | O_CLOEXEC)};
    auto command =
        shell("readlink /proc/$$/fd/" + std::to_string(a.get()) + " /proc/$$/fd/" + std::to_string(b.get()));
    command.descriptors = {{a.get(), b.get()}, {b.get(), a.get()}};
    EXPECT_EQ(run(command).output, "/dev/zero\n/dev/null\n");
}

TEST(Spawn, ResetsSignals)
{
    ::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(run(shell("kill -PIPE $$; echo lived")).exit.number, SIGPIPE);
    ::signal(SIGPIPE, SIG_DFL);
}

TEST(Spawn, TellsHowTheChildEnded)
{
    EXPECT_EQ(describe(run(shell("exit 75")).exit), "exit status 75");
    EXPECT_EQ(describe(run(shell("kill -9 $$")).exit), "ended by signal 9");
    EXPECT_TRUE(run(shell("true")).exit.good());
    Command none;
    none.path = "/nonexistent/program";
    none.arguments = {"x"};
    EXPECT_EQ(run(none).exit.number, 127);
}

TEST(Spawn, KillsAtTheTimeLimit)
{
    auto command = shell("exec >/dev/null; sleep 100");
    const auto ran = run(command, 100ms);
    EXPECT_TRUE(ran.exit.timed_out);
    EXPECT_EQ(ran.exit.number, SIGKILL);
}

TEST(Spawn, StopsWhenThePreparationFails)
{
    auto command = shell("echo ran");
    command.prepare = [] { return Status{permanent("not today")}; };
    const auto ran = run(command);
    EXPECT_EQ(ran.exit.number, 127);
    EXPECT_EQ(ran.output, "");
}

}
}
