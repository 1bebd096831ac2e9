#include "master/sendmail/command_runner.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/process/spawn.h"

namespace gp::sendmail {
namespace {

constexpr std::chrono::seconds patience{60}; // as Exim
constexpr std::size_t most_output = 16 << 20;

// Everything until the last writer has closed the pipe, or the time is over.
Result<std::string> read_output(int fd, std::chrono::steady_clock::time_point until)
{
    std::string out;
    std::array<char, 4096> buffer;
    while (true) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        pollfd ready{fd, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0)
            return temporary("command timed out", Cause::timeout);
        const auto got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return out;
        out.append(buffer.data(), static_cast<std::size_t>(got));
        if (out.size() > most_output)
            return temporary("too much output from a command", Cause::too_big);
    }
}

}

Status become_caller()
{
    ::umask(0077);
    if (::geteuid() == ::getuid())
        return {};
    const auto group = ::getgid();
    if (::setgroups(1, &group) != 0 || ::setgid(group) != 0 || ::setuid(::getuid()) != 0)
        return temporary("cannot become the caller");
    return {};
}

Result<expand::RunResult> CommandRunner::run(const std::vector<std::string>& arguments)
{
    log::debug("exec", escape(join(arguments, " "), true));
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return temporary("couldn't create pipe for command");
    const OwnedFd ours{ends[0]};
    OwnedFd theirs{ends[1]};
    process::Command command{.path = arguments.front(), .arguments = arguments, .environment = environment_};
    command.descriptors = {{theirs.get(), STDOUT_FILENO}, {theirs.get(), STDERR_FILENO}};
    command.own_session = true;
    command.prepare = become_caller;
    auto child = process::start(command);
    theirs.reset();
    if (!child)
        return expand::RunResult{.code = 127, .output = {}};
    const auto until = std::chrono::steady_clock::now() + patience;
    auto output = read_output(ours.get(), until);
    const auto left = output ? std::chrono::duration_cast<Duration>(until - std::chrono::steady_clock::now()) : Duration{};
    const auto exit = TRY(process::wait_for(*child, std::max(left, Duration{})));
    if (!output)
        return output.error();
    return expand::RunResult{.code = exit.by_signal ? 256 + exit.number : exit.number, .output = std::move(*output)};
}

}
