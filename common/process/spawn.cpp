#include "common/process/spawn.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace gp::process {
namespace {

constexpr int exec_failed = 127; // as a shell says it

[[noreturn]] void give_up(const std::string& what)
{
    const std::string line = what + "\n";
    if (::write(STDERR_FILENO, line.data(), line.size()) < 0)
        _exit(exec_failed);
    _exit(exec_failed);
}

void reset_signals()
{
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal)
        ::sigaction(signal, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Moves the passed descriptors out of the way first, so that none is overwritten before its turn.
Status place_descriptors(const std::vector<Command::Passed>& passed)
{
    int above = 2;
    for (const auto& one : passed)
        above = std::max(above, one.theirs);
    std::vector<Command::Passed> moved;
    for (const auto& one : passed) {
        const int fd = ::fcntl(one.ours, F_DUPFD_CLOEXEC, above + 1);
        if (fd < 0)
            return system_error("passing a descriptor");
        moved.push_back({fd, one.theirs});
    }
    for (const auto& one : moved)
        if (::dup2(one.ours, one.theirs) < 0)
            return system_error("passing a descriptor");
    const auto is_passed = [&](int fd) {
        return std::ranges::any_of(moved, [&](const auto& one) { return one.theirs == fd; });
    };
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= above; ++fd) {
        if (is_passed(fd))
            continue;
        if (fd > 2)
            ::close(fd);
        else if (null >= 0 && null != fd)
            ::dup2(null, fd);
        else if (null == fd)
            ::fcntl(fd, F_SETFD, 0);
    }
    if (::syscall(SYS_close_range, static_cast<unsigned>(above + 1), ~0u, CLOSE_RANGE_CLOEXEC) != 0)
        return system_error("close_range");
    return {};
}

std::vector<char*> pointers(const std::vector<std::string>& texts)
{
    std::vector<char*> out;
    for (const auto& text : texts)
        out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
}

[[noreturn]] void run(const Command& command, pid_t parent)
{
    reset_signals();
    if (command.own_session)
        ::setsid();
    if (auto done = place_descriptors(command.descriptors); !done)
        give_up(done.error().text);
    if (command.prepare)
        if (auto done = command.prepare(); !done)
            give_up(command.path + ": " + done.error().text);
    // After prepare, because a change of user clears it; and the parent may be gone already.
    if (command.death_signal) {
        ::prctl(PR_SET_PDEATHSIG, command.death_signal, 0, 0, 0);
        if (::getppid() != parent)
            _exit(exec_failed);
    }
    if (::chdir(command.directory.c_str()) != 0)
        give_up("chdir " + command.directory + ": " + system_error("").text);
    const auto arguments = pointers(command.arguments);
    const auto environment = pointers(command.environment);
    ::execve(command.path.c_str(), arguments.data(), environment.data());
    give_up(system_error("cannot execute " + command.path).text);
}

}

Result<Child> start(const Command& command)
{
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        return system_error("fork");
    if (pid == 0)
        run(command, parent);
    Child child;
    child.pid = pid;
    auto pidfd = open_pidfd(pid);
    if (pidfd)
        child.pidfd = std::move(pidfd).take();
    return child;
}

Result<OwnedFd> open_pidfd(pid_t pid)
{
    OwnedFd fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (!fd)
        return system_error("pidfd_open");
    return fd;
}

Exit exit_of(int wait_status)
{
    Exit exit;
    exit.by_signal = WIFSIGNALED(wait_status);
    exit.number = exit.by_signal ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    return exit;
}

std::string describe(const Exit& exit)
{
    if (exit.timed_out)
        return "killed at its time limit";
    if (exit.by_signal)
        return "ended by signal " + std::to_string(exit.number);
    return "exit status " + std::to_string(exit.number);
}

Result<Exit> wait_for(Child& child, Duration limit)
{
    pollfd ended{child.pidfd.get(), POLLIN, 0};
    const auto until = std::chrono::steady_clock::now() + limit;
    bool in_time = false;
    while (!in_time) {
        const auto left = std::chrono::ceil<Duration>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            break;
        const int ready =
            ::poll(&ended, 1, static_cast<int>(std::min<Duration::rep>(left.count(), 1'000'000'000)));
        if (ready < 0 && errno != EINTR)
            return system_error("poll");
        in_time = ready > 0;
    }
    if (!in_time)
        TRY(signal_child(child, SIGKILL));
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0)
        if (errno != EINTR)
            return system_error("waitpid");
    child.pid = -1;
    auto exit = exit_of(status);
    exit.timed_out = !in_time;
    return exit;
}

Status signal_child(const Child& child, int signal)
{
    if (!child.pidfd)
        return permanent("the child is gone");
    if (::syscall(SYS_pidfd_send_signal, child.pidfd.get(), signal, nullptr, 0) != 0)
        return system_error("pidfd_send_signal");
    return {};
}

}
