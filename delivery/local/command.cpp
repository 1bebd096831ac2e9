#include "delivery/local/command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

#include "common/base/text.h"
#include "common/config/command_line.h"
#include "common/config/list.h"

namespace gp::local {
namespace {

Status find_program(const Job& job, std::string& program)
{
    const bool restricted = TRY(job.options.flag("restrict_to_path", false));
    const auto allowed = config::split_list(job.options.text("allow_commands"));
    const bool listed = std::ranges::find(allowed, program) != allowed.end();
    if (!allowed.empty() && !listed && !restricted)
        return permanent("pipe command \"" + escape(program) + "\" is not in allow_commands");
    if (program.find('/') != std::string::npos) {
        if (restricted && !listed)
            return permanent("\"/\" found in \"" + escape(program) + "\" (command for " + job.instruction().transport +
                             " transport): failed for security reasons (restrict_to_path)");
        return {};
    }
    for (const auto& directory : config::split_list(job.options.text("path", "/bin:/usr/bin"))) {
        const auto candidate = directory + "/" + program;
        struct stat about {};
        if (::stat(candidate.c_str(), &about) == 0 && S_ISREG(about.st_mode) && ::access(candidate.c_str(), X_OK) == 0) {
            program = candidate;
            return {};
        }
    }
    return permanent("\"" + escape(program) + "\" command not found for " + job.instruction().transport + " transport");
}

[[noreturn]] void exec_program(const std::vector<std::string>& words, const std::vector<std::string>& environment, int report)
{
    std::vector<char*> arguments, variables;
    for (const auto& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    for (const auto& variable : environment)
        variables.push_back(const_cast<char*>(variable.c_str()));
    arguments.push_back(nullptr);
    variables.push_back(nullptr);
    ::execve(arguments[0], arguments.data(), variables.data());
    const int failed = errno;
    if (::write(report, &failed, sizeof failed) < 0)
        ::_exit(126);
    ::_exit(127);
}

void plug(int fd, int as)
{
    if (fd != as)
        ::dup2(fd, as);
    else
        ::fcntl(fd, F_SETFD, 0);
}

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

// Reads until end of file or the deadline; what is over the bound is read and thrown away.
bool gather(int from, std::time_t end, const CommandLimits& limits, Ran& ran)
{
    const auto most = limits.max_output;
    char buffer[4096];
    for (;;) {
        const auto left = end ? end - std::time(nullptr) : 3600;
        if (left <= 0)
            return false;
        pollfd wait{from, POLLIN, 0};
        const int ready = ::poll(&wait, 1, static_cast<int>(std::min<std::time_t>(left, 3600)) * 1000);
        if (ready < 0 && errno != EINTR)
            return true;
        if (ready <= 0)
            continue;
        const auto got = ::read(from, buffer, sizeof buffer);
        if (got <= 0)
            return true;
        const auto room = most - std::min(most, ran.output.size());
        ran.output.append(buffer, std::min<std::size_t>(room, static_cast<std::size_t>(got)));
        ran.too_much_output |= static_cast<std::size_t>(got) > room;
        if (ran.too_much_output && limits.ends_when_full)
            return true;
    }
}

// Ends a whole process group: the program and what it started.
void end_group(pid_t group)
{
    ::kill(-group, SIGTERM);
    ::usleep(200'000);
    ::kill(-group, SIGKILL);
}

// A second process writes the message, because the program may write before it has read all.
pid_t start_feeder(int into, const std::function<Status(int)>& feed)
{
    const pid_t pid = ::fork();
    if (pid != 0)
        return pid;
    ::signal(SIGPIPE, SIG_IGN);
    const auto done = feed(into);
    // A program that does not read all of its input is no error (manual 29.3, ignore of EPIPE).
    ::_exit(done || done.error().cause == Cause::closed ? 0 : 1);
}

}

Result<std::vector<std::string>> command_of(const Job& job)
{
    const bool from_address = job.instruction().kind == "pipe" && !TRY(job.options.flag("force_command", false));
    std::vector<std::string> words;
    if (from_address) {
        const auto of_filter = job.options.text("pipe_words"); // expanded word by word, each in quotes
        std::string_view text = of_filter.empty() ? job.instruction().address : of_filter;
        if (text.starts_with('|'))
            text.remove_prefix(1);
        words = TRY(config::split_command(text));
    } else {
        for (const auto& word : job.options.all("command")) {
            if (word != "$pipe_addresses") {
                words.push_back(word);
                continue;
            }
            for (const auto& target : job.request.targets)
                words.push_back(target.address);
        }
    }
    if (words.empty() || words[0].empty())
        return permanent("no command for " + job.instruction().transport + " transport");
    if (TRY(job.options.flag("use_shell", false)))
        return std::vector<std::string>{"/bin/sh", "-c", join(words, " ")};
    TRY(find_program(job, words[0]));
    return words;
}

std::vector<std::string> environment_of(const Job& job)
{
    const auto& instruction = job.instruction();
    std::vector<std::string> variables = {
        "DOMAIN=" + instruction.domain,
        "HOME=" + (instruction.home.empty() ? std::string("/") : instruction.home),
        "LOCAL_PART=" + instruction.local_part,
        "LOCAL_PART_PREFIX=" + instruction.prefix,
        "LOCAL_PART_SUFFIX=" + instruction.suffix,
        "LOGNAME=" + instruction.user,
        "MESSAGE_ID=" + job.request.id,
        "PATH=" + job.options.text("path", "/bin:/usr/bin"),
        "QUALIFY_DOMAIN=" + job.parameters.qualify_domain,
        "RECIPIENT=" + (job.request.targets.empty() ? std::string{} : job.request.targets[0].original),
        "SENDER=" + job.request.sender,
        "SHELL=/bin/sh",
        "USER=" + instruction.user,
    };
    if (!job.request.sender.empty())
        variables.push_back("HOST=" + job.parameters.primary_hostname);
    for (auto& more : config::split_list(job.options.text("environment")))
        variables.push_back(std::move(more));
    return variables;
}

Result<Ran> run_command(const std::vector<std::string>& words, const std::vector<std::string>& environment,
                        const CommandLimits& limits, const std::function<Status(int)>& feed)
{
    auto input = TRY(Pipe::make());
    auto output = TRY(Pipe::make());
    auto report = TRY(Pipe::make());
    const pid_t program = ::fork();
    if (program < 0)
        return system_error("fork for the command");
    if (program == 0) {
        ::setpgid(0, 0);
        ::umask(limits.umask);
        plug(input.out.get(), 0);
        plug(output.in.get(), 1);
        if (limits.takes_errors)
            plug(output.in.get(), 2);
        exec_program(words, environment, report.in.get());
    }
    ::setpgid(program, program);
    input.out.reset();
    output.in.reset();
    report.in.reset();
    const pid_t feeder = start_feeder(input.in.get(), feed);
    input.in.reset();

    Ran ran;
    int failed = 0;
    if (::read(report.out.get(), &failed, sizeof failed) == sizeof failed) {
        ran.started = false;
        ran.code = failed;
    }
    const auto end = limits.timeout.count() ? std::time(nullptr) + limits.timeout.count() / 1000 : 0;
    ran.timed_out = !gather(output.out.get(), end, limits, ran);
    if (ran.timed_out || (ran.too_much_output && limits.ends_when_full))
        end_group(program);
    int status = 0;
    while (::waitpid(program, &status, 0) < 0 && errno == EINTR) {
    }
    if (feeder > 0) {
        if (ran.timed_out)
            ::kill(feeder, SIGKILL);
        int fed = 0;
        while (::waitpid(feeder, &fed, 0) < 0 && errno == EINTR) {
        }
        if (!WIFEXITED(fed) || WEXITSTATUS(fed) != 0)
            ran.fed = temporary("the message could not be written to the command");
    } else {
        ran.fed = temporary("fork for the command's input failed");
    }
    if (ran.started) {
        ran.signalled = WIFSIGNALED(status);
        ran.code = ran.signalled ? WTERMSIG(status) : WEXITSTATUS(status);
    }
    return ran;
}

Result<Talking> start_talking(const std::vector<std::string>& words, const std::vector<std::string>& environment)
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return system_error("socketpair");
    OwnedFd ours{ends[0]}, theirs{ends[1]};
    auto report = TRY(Pipe::make());
    const pid_t pid = ::fork();
    if (pid < 0)
        return system_error("fork for the command");
    if (pid == 0) {
        ::setpgid(0, 0);
        plug(theirs.get(), 0);
        plug(theirs.get(), 1);
        exec_program(words, environment, report.in.get());
    }
    report.in.reset();
    int failed = 0;
    if (::read(report.out.get(), &failed, sizeof failed) == sizeof failed) {
        ::waitpid(pid, nullptr, 0);
        return system_error("start " + words[0], failed);
    }
    return Talking{std::move(ours), pid};
}

}
