#include "master/sendmail/pam_runner.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/process/spawn.h"
#include "master/sendmail/command_runner.h"
#include "master/sendmail/master_call.h"

namespace gp::sendmail {
namespace {

struct Pipe {
    OwnedFd out, in; // read end, write end
    static Result<Pipe> make()
    {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0)
            return system_error("pipe");
        return Pipe{OwnedFd{ends[0]}, OwnedFd{ends[1]}};
    }
};

}

// Question and answer are shorter than what a pipe holds, so neither end waits for the other.
Result<launcher::PasswordReply> PamRunner::ask(const launcher::PasswordQuestion& question)
{
    auto program = TRY(master_program());
    program.replace(program.rfind('/') + 1, std::string::npos, "pam");
    auto to = TRY(Pipe::make());
    auto from = TRY(Pipe::make());
    const auto input = launcher::pam_input(question.strings);
    if (::write(to.in.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()))
        return system_error("write to " + program);
    to.in.reset();
    process::Command command{.path = program, .arguments = {program}, .environment = {"PATH=/bin:/usr/bin"}};
    command.descriptors = {{to.out.get(), STDIN_FILENO}, {from.in.get(), STDOUT_FILENO}};
    command.own_session = true;
    command.prepare = become_caller;
    auto child = TRY(process::start(command));
    from.in.reset();
    const pid_t session = child.pid;
    const auto exit = TRY(process::wait_for(child, timeout_));
    if (exit.timed_out) {
        ::kill(-session, SIGKILL); // what its modules started goes with it
        return temporary("PAM did not answer in time (pam_timeout)");
    }
    std::array<char, 4096> words;
    ssize_t got = 0;
    do
        got = ::read(from.out.get(), words.data(), words.size());
    while (got < 0 && errno == EINTR);
    return launcher::pam_reply(!exit.by_signal, exit.number, std::string(words.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))));
}

}
