#include "master/sendmail/queue_clock.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "common/base/duration.h"
#include "common/base/text.h"
#include "common/process/handed_on.h"
#include "master/sendmail/one_shot.h"

namespace gp::sendmail {
namespace {

using Clock = std::chrono::steady_clock;

Status write_pid(const std::string& path)
{
    if (path.empty())
        return {};
    const OwnedFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644)};
    const auto text = std::to_string(::getpid()) + "\n";
    if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return system_error("write the pid file " + path);
    return {};
}

// Away from the caller's terminal and directory.
Status leave_caller()
{
    ::setsid();
    process::close_all_but({});
    if (::chdir("/") != 0)
        return system_error("go to /");
    const OwnedFd nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    if (!nothing)
        return system_error("open /dev/null");
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        ::dup2(nothing.get(), fd);
    return {};
}

void report(const Error& error)
{
    ::syslog(LOG_MAIL | LOG_ERR, "%s", escape(error.text).c_str());
}

// A run says little, and only when it fails.
void pass_to_syslog(int complaints)
{
    char text[1024];
    for (ssize_t got; (got = ::read(complaints, text, sizeof text)) > 0;)
        for (const auto line : split({text, static_cast<std::size_t>(got)}, '\n'))
            if (!line.empty())
                report(temporary(std::string(line)));
}

// In a process of its own: what is read for a run, and goes wrong with it, ends with it.
void run_and_wait(const Options& options, int (*run_once)(const Options& options))
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return report(system_error("pipe for a queue run"));
    OwnedFd ours{ends[0]}, theirs{ends[1]};
    const auto child = ::fork();
    if (child == 0) {
        ::dup2(theirs.get(), STDERR_FILENO);
        ::_exit(run_once(options));
    }
    if (child < 0)
        return report(system_error("fork for a queue run"));
    theirs.reset();
    pass_to_syslog(ours.get());
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
}

int start_clock(const Options& options, const Instance& instance, const qmgr::Run& first, int (*run_once)(const Options& options))
{
    auto once = options;
    if (!once.config.empty()) // the daemon's directory is another one
        once.config = std::filesystem::absolute(once.config).string();
    const auto every = parse_duration(options.interval);
    if (!every || *every < std::chrono::seconds{1})
        return complain(permanent("bad time value -q" + options.interval + ": abandoned"));
    const bool has_own_suite = OneShot::is_wanted(options, instance) || OneShot::is_guest_wanted(options, instance);
    if (!has_own_suite) {
        if (auto dropped = become_real_user(); !dropped) // the suite hears from who really asks
            return complain(dropped.error());
        auto begun = first;
        begun.wait = false;
        if (const auto reply = ask(instance, begun, short_wait); !reply)
            return complain(reply.error());
    }
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return complain(system_error("pipe"));
    OwnedFd waits{ends[0]}, begins{ends[1]};
    const auto daemon = ::fork();
    if (daemon < 0)
        return complain(system_error("fork"));
    if (daemon > 0) {
        begins.reset();
        char has_begun = 0;
        return ::read(waits.get(), &has_begun, 1) == 1 ? 0 : 1;
    }
    if (const auto written = write_pid(options.pid_file); !written)
        return complain(written.error());
    if (::write(begins.get(), "y", 1) != 1)
        return 1; // nobody waits any more
    waits.reset();
    begins.reset();
    if (const auto left = leave_caller(); !left)
        return 1;
    if (!has_own_suite) // who watches the log finds it as Exim's
        (void)ask(instance, qmgr::Note{.text = "gatepost queue daemon started: pid=" + std::to_string(::getpid()) + ", -q" + options.interval + ", not listening for SMTP"},
                  short_wait);
    ::openlog("gatepost", LOG_PID, LOG_MAIL);
    once.interval.clear();
    auto next = Clock::now() + (has_own_suite ? Clock::duration{} : Clock::duration{*every});
    for (;;) {
        std::this_thread::sleep_until(next);
        next = std::max(next + *every, Clock::now());
        run_and_wait(once, run_once);
    }
}

}

int run_by_the_clock(const Options& options, qmgr::Run first, int (*run_once)(const Options& options))
{
    const auto instance = find_instance(options);
    return instance ? start_clock(options, *instance, first, run_once) : complain(instance.error());
}

}
