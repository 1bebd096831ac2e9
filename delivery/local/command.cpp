#include "delivery/local/command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>

#include "common/base/text.h"
#include "common/config/command_line.h"
#include "common/config/list.h"
#include "common/mail/address.h"

namespace gp::local {
namespace {

Status find_program(const Job& job, std::string& program)
{
    const bool restricted = TRY(job.options.flag("restrict_to_path", false));
    const auto allowed = config::split_list(job.options.text("allow_commands"));
    const bool listed = std::ranges::find(allowed, program) != allowed.end();
    if (!allowed.empty() && !listed && !restricted)
        return permanent("\"" + escape(program) + "\" command not permitted by " + job.instruction().transport + " transport");
    if (program.find('/') != std::string::npos) {
        if (restricted && !listed)
            return permanent("\"/\" found in \"" + escape(program) + "\" (command for " + job.instruction().transport +
                             " transport) - failed for security reasons");
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
    ::signal(SIGXFSZ, SIG_DFL);
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

// What a program of somebody else's has to say goes nowhere: ours is the file of all services' last words, which it could
// read, cut and fill without end.
void discard_errors(int report)
{
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0) {
        const int failed = errno;
        ::_exit(::write(report, &failed, sizeof failed) < 0 ? 126 : 127);
    }
    plug(nowhere, 2);
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

using Clock = std::chrono::steady_clock;

constexpr auto never = Clock::time_point::max();

Clock::time_point end_after(Duration time)
{
    return time.count() > 0 ? Clock::now() + time : never;
}

// For poll(), an hour at most; 0: it is over.
int milliseconds_until(Clock::time_point end)
{
    constexpr Duration longest{3'600'000};
    if (end == never)
        return static_cast<int>(longest.count());
    return static_cast<int>(std::clamp(std::chrono::ceil<Duration>(end - Clock::now()), Duration{0}, longest).count());
}

// Reads until end of file or the deadline; what is over the bound is read and thrown away.
bool gather(int from, Clock::time_point end, const CommandLimits& limits, Ran& ran)
{
    const auto most = limits.max_output;
    char buffer[4096];
    for (;;) {
        const auto left = milliseconds_until(end);
        if (left == 0)
            return false;
        pollfd wait{from, POLLIN, 0};
        const int ready = ::poll(&wait, 1, left);
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

// False at the deadline. Short naps that grow: most commands end as soon as they have closed their output.
bool wait_for_end(pid_t pid, Clock::time_point end, int& status)
{
    constexpr useconds_t shortest = 100, longest = 50'000;
    for (useconds_t nap = shortest;; nap = std::min(2 * nap, longest)) {
        const auto got = ::waitpid(pid, &status, end == never ? 0 : WNOHANG);
        if (got == pid || (got < 0 && errno != EINTR))
            return true;
        if (got == 0 && milliseconds_until(end) == 0)
            return false;
        if (got == 0)
            ::usleep(nap);
    }
}

// Who is not a program's parent any more cannot hear how it ended, and the delivery will be tried again.
void end_with(pid_t parent, int signal)
{
    ::prctl(PR_SET_PDEATHSIG, signal);
    if (::getppid() != parent)
        ::raise(signal);
}

// Writes the message, because the program may write before it has read all, and says how that went. It stays until it
// is ended: when the process that started it is killed, it ends the program and what that has started.
struct Feeder {
    pid_t pid = -1;
    OwnedFd outcome; // one octet

    static Result<Feeder> start(int into, pid_t program, const std::function<Status(int)>& feed);
    // None at the deadline.
    std::optional<Status> hear(Clock::time_point end) const;
    void end() const
    {
        int status = 0;
        ::kill(pid, SIGKILL);
        wait_for_end(pid, never, status);
    }
};

constexpr char fed_well = '+';

[[noreturn]] void be_the_feeder(int into, int outcome, const std::function<Status(int)>& feed)
{
    ::signal(SIGPIPE, SIG_IGN);
    const auto done = feed(into);
    ::close(into);
    // A program that does not read all of its input is no error (manual 29.3, ignore of EPIPE).
    const char word = done || done.error().cause == Cause::closed ? fed_well : '-';
    if (::write(outcome, &word, 1) == 1)
        for (;;)
            ::pause();
    ::_exit(1);
}

Result<Feeder> Feeder::start(int into, pid_t program, const std::function<Status(int)>& feed)
{
    static volatile sig_atomic_t guarded;
    auto outcome = TRY(Pipe::make());
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        return system_error("fork for the command's input");
    if (pid > 0)
        return Feeder{pid, std::move(outcome.out)};
    guarded = program;
    ::signal(SIGTERM, [](int) {
        ::kill(-static_cast<pid_t>(guarded), SIGKILL);
        ::_exit(1);
    });
    end_with(parent, SIGTERM);
    be_the_feeder(into, outcome.in.get(), feed);
}

std::optional<Status> Feeder::hear(Clock::time_point end) const
{
    for (;;) {
        pollfd wait{outcome.get(), POLLIN, 0};
        const int ready = ::poll(&wait, 1, milliseconds_until(end));
        char word = 0;
        if (ready > 0)
            return ::read(outcome.get(), &word, 1) == 1 && word == fed_well
                       ? Status{}
                       : Status{temporary("the message could not be written to the command")};
        if (milliseconds_until(end) == 0)
            return std::nullopt;
    }
}

}

Result<std::vector<std::string>> command_of(const Job& job)
{
    const bool from_address = job.instruction().kind == "pipe" && !TRY(job.options.flag("force_command", false));
    const bool shell = TRY(job.options.flag("use_shell", false)); // gets the line as it is (manual 29.3)
    std::vector<std::string> words;
    if (from_address) {
        const auto of_filter = job.options.text("pipe_words"); // expanded word by word, each in quotes
        std::string_view text = of_filter.empty() ? job.instruction().address : of_filter;
        if (text.starts_with('|'))
            text.remove_prefix(1);
        if (shell)
            words.emplace_back(text);
        else
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
    if (shell)
        return std::vector<std::string>{"/bin/sh", "-c", std::move(words[0])};
    TRY(find_program(job, words[0]));
    return words;
}

// As Exim has it (manual 29.4), with nothing for what is not the same for all of a batch.
std::vector<std::string> environment_of(const Job& job)
{
    const auto& instruction = job.instruction();
    const auto& targets = job.request.targets;
    const bool is_one = targets.size() == 1;
    const auto domain_of = [](const delivery::Target& target) { return lower(mail::domain_of(target.address)); };
    const bool has_domain = !instruction.kind.empty() || std::ranges::all_of(targets, [&](const auto& target) {
        return domain_of(target) == domain_of(targets.front());
    });
    const std::string local_part = is_one ? instruction.local_part : "", domain = has_domain ? instruction.domain : "";
    const std::string prefix = is_one ? instruction.prefix : "", suffix = is_one ? instruction.suffix : "";
    std::vector<std::string> variables = {
        "DOMAIN=" + domain,
        "HOME=" + instruction.home,
        "LOCAL_PART=" + local_part,
        "LOCAL_PART_PREFIX=" + prefix,
        "LOCAL_PART_SUFFIX=" + suffix,
        "LOGNAME=" + local_part,
        "MESSAGE_ID=" + job.request.id,
        "PATH=" + job.options.text("path", "/bin:/usr/bin"),
        "QUALIFY_DOMAIN=" + job.parameters.qualify_domain,
        "RECIPIENT=" + prefix + local_part + suffix + "@" + domain,
        "SENDER=" + job.request.sender,
        "SHELL=/bin/sh",
        "USER=" + local_part,
    };
    if (!job.parameters.timezone.empty())
        variables.push_back("TZ=" + job.parameters.timezone);
    if (!instruction.hosts.empty()) // a pseudo-remote delivery
        variables.push_back("HOST=" + instruction.hosts.front().name);
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
    const pid_t parent = ::getpid();
    const pid_t program = ::fork();
    if (program < 0)
        return system_error("fork for the command");
    if (program == 0) {
        ::setpgid(0, 0);
        end_with(parent, SIGKILL);
        ::umask(limits.umask);
        plug(input.out.get(), 0);
        plug(output.in.get(), 1);
        if (limits.takes_errors)
            plug(output.in.get(), 2);
        else
            discard_errors(report.in.get());
        exec_program(words, environment, report.in.get());
    }
    ::setpgid(program, program);
    input.out.reset();
    output.in.reset();
    report.in.reset();
    int status = 0;
    const auto feeder = Feeder::start(input.in.get(), program, feed);
    if (!feeder) { // it must not take the end of its input for the message's
        end_group(program);
        wait_for_end(program, never, status);
        return feeder.error();
    }
    input.in.reset();

    Ran ran;
    int failed = 0;
    if (::read(report.out.get(), &failed, sizeof failed) == sizeof failed) {
        ran.started = false;
        ran.code = failed;
    }
    const auto end = end_after(limits.timeout);
    const bool is_gathered = gather(output.out.get(), end, limits, ran);
    const bool is_full = ran.too_much_output && limits.ends_when_full;
    // Closing its output does not end a program, nor does its end mean that nobody has its input.
    const bool has_ended = is_gathered && !is_full && wait_for_end(program, end, status);
    const auto fed = has_ended ? feeder->hear(end) : std::nullopt;
    ran.timed_out = !is_full && !fed;
    if (is_full) // manual 29.8, max_output: it is killed
        ::kill(-program, SIGKILL);
    else if (!fed)
        end_group(program);
    if (!has_ended)
        wait_for_end(program, never, status);
    feeder->end();
    if (fed)
        ran.fed = *fed;
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
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        return system_error("fork for the command");
    if (pid == 0) {
        ::setpgid(0, 0);
        end_with(parent, SIGKILL);
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

void end_talking(int pid, Duration patience)
{
    int status = 0;
    if (wait_for_end(pid, Clock::now() + patience, status))
        return;
    end_group(pid);
    wait_for_end(pid, never, status);
}

}
