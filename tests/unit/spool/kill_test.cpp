// A writer is killed at random moments, comes back, and is killed again: what it had acknowledged is there.
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <thread>

#include "tests/unit/spool/workload.h"

namespace gp::spool {
namespace {

constexpr unsigned kills = 40;

OwnedFd open_directory(const std::string& path)
{
    return OwnedFd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

// The child: works until it is killed, telling the parent before and after each batch.
[[noreturn]] void write_until_killed(const std::string& path, unsigned seed, unsigned next, int tell_to)
{
    SystemClock clock;
    const Io io;
    auto spool = Spool::open(io, open_directory(path), clock, crash_options());
    if (!spool)
        ::_exit(2);
    std::vector<unsigned> alive;
    for (unsigned n = 0; n < next; ++n)
        if ((*spool)->index().find(test_key(n)))
            alive.push_back(n);
    Workload workload{**spool, seed, std::move(alive), next, [&](const Event& event) {
                          if (::write(tell_to, &event, sizeof event) != sizeof event)
                              ::_exit(3);
                      }};
    for (;;)
        if (!workload.step())
            ::_exit(4);
}

// Reads what the child says until its end of the pipe is closed by its death.
void listen(int from, Ledger& ledger)
{
    Event event;
    for (;;) {
        const auto got = ::read(from, &event, sizeof event);
        if (got != sizeof event)
            return;
        ledger.note(event);
    }
}

TEST(Kill, NothingAcknowledgedIsLost)
{
    test::TempDir scratch;
    std::mt19937 random{42};
    Ledger ledger;
    SystemClock clock;
    const Io io;
    for (unsigned i = 0; i < kills; ++i) {
        SCOPED_TRACE(i);
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        OwnedFd ours{ends[0]};
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0)
            write_until_killed(scratch.path(), i, ledger.next(), ends[1]);
        ::close(ends[1]);
        std::thread killer{[&, delay = std::chrono::microseconds(5000 + random() % 120'000)] {
            std::this_thread::sleep_for(delay);
            ::kill(child, SIGKILL);
        }};
        listen(ours.get(), ledger);
        killer.join();
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
        auto spool = Spool::open(io, open_directory(scratch.path()), clock, crash_options());
        ASSERT_TRUE(spool) << spool.error().text;
        const auto verdict = ledger.judge(io, **spool);
        EXPECT_EQ(verdict.lost, 0u);
        EXPECT_EQ(verdict.resurrected, 0u);
        EXPECT_EQ(verdict.corrupt, 0u);
        EXPECT_EQ(verdict.forgotten, 0u);
        for (const auto& alarm : (*spool)->report().alarms)
            ADD_FAILURE() << alarm;
        if (HasFailure())
            return;
    }
    EXPECT_GT(ledger.acknowledged(), 500u);
}

}
}
