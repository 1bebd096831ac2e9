#include "common/process/detach.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "common/process/spawn.h"

namespace gp::process {
namespace {

constexpr char ready_mark = 'r';

[[noreturn]] void wait_for_start(int from, pid_t pid)
{
    char got = 0;
    ssize_t size = 0;
    do
        size = ::read(from, &got, 1);
    while (size < 0 && errno == EINTR);
    if (size == 1 && got == ready_mark)
        ::_exit(EX_OK);
    int status = 0;
    if (::waitpid(pid, &status, 0) != pid)
        ::_exit(EX_OSERR);
    const auto exit = exit_of(status);
    ::_exit(exit.by_signal || exit.good() ? EX_SOFTWARE : exit.number);
}

}

Result<Detach> Detach::begin(bool foreground)
{
    Detach detach;
    if (foreground)
        return detach;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return system_error("pipe");
    OwnedFd from{ends[0]};
    detach.caller_ = OwnedFd{ends[1]};
    const pid_t pid = ::fork();
    if (pid < 0)
        return system_error("fork");
    if (pid > 0) {
        detach.caller_.reset();
        wait_for_start(from.get(), pid);
    }
    ::setsid();
    return detach;
}

void Detach::done(int error_output)
{
    if (!caller_)
        return;
    const OwnedFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    ::dup2(null.get(), STDIN_FILENO);
    ::dup2(null.get(), STDOUT_FILENO);
    ::dup2(error_output, STDERR_FILENO);
    // The caller may have been killed meanwhile; the suite runs on.
    [[maybe_unused]] const auto told = ::write(caller_.get(), &ready_mark, 1);
    caller_.reset();
}

}
