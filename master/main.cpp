// gatepost-master(8): the supervisor of a suite, and its only process with root's rights.
//
// It has the configuration read by another program and takes a sealed image of fixed-size tables from it;
// makes the instance's directories, binds the listening sockets, gives up what it does not need, and starts
// every service at once, each in a process of its own with one control socket. It parses nothing but those
// tables and 64-octet frames, opens no file that another user may write, and never reads from a socket that
// the network can reach. Run by an ordinary user it does the same without changing users.
//
// SIGHUP: reads the configuration again. SIGTERM, SIGINT: stops in order; a second one, at once.

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <climits>
#include <csignal>

#include "common/process/capabilities.h"
#include "common/process/detach.h"
#include "common/process/handed_on.h"
#include "common/process/listen.h"
#include "common/service/guests.h"
#include "master/supervisor.h"

namespace gp::master {
namespace {

constexpr off_t most_shown = 4096; // of run/stderr, after a start that failed

Result<std::string> own_directory()
{
    char path[PATH_MAX];
    const auto size = ::readlink("/proc/self/exe", path, sizeof path);
    if (size <= 0)
        return system_error("/proc/self/exe");
    const std::string_view all(path, static_cast<std::size_t>(size));
    return std::string(all.substr(0, all.rfind('/')));
}

void prepare_process()
{
    ::umask(022);
    ::signal(SIGPIPE, SIG_IGN);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // the image in our memory may hold keys
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

Status give_up_rights()
{
    if (::geteuid() != 0)
        return process::reduce_capabilities(0);
    const auto held = TRY(process::current_capabilities()).permitted;
    TRY(process::limit_bounding_set(process::master_capabilities()));
    return process::reduce_capabilities(held & process::master_capabilities());
}

// What the services could not log when the start failed.
void show_stderr(int file)
{
    struct stat status {};
    if (::fstat(file, &status) != 0)
        return;
    char text[most_shown];
    const auto size = ::pread(file, text, sizeof text, std::max<off_t>(0, status.st_size - most_shown));
    if (size > 0 && ::write(STDERR_FILENO, text, static_cast<std::size_t>(size)) < 0)
        return;
}

Error failed(std::string_view what, const Error& error)
{
    return {error.blame, std::string(what) + error.text, error.cause};
}

Result<Supervisor::Parts> assemble(Options options, std::string directory, service::Image image,
                                   std::vector<OwnedFd> passed, service::LineSender& log,
                                   process::Notify& notify)
{
    auto directories = TRY(options.guest ? Directories::share(image) : Directories::prepare(image));
    TRY(directories.lock());
    std::unique_ptr<Host> host;
    if (options.guest) {
        host = std::make_unique<Host>(TRY(Host::join(directories.path())));
    } else {
        directories.forget_guests();
        TRY(directories.write_called(service::called_as(options.config_file, options.definitions)));
    }
    if (const auto pid_file = service::text_of(image.header().pid_file); !pid_file.empty() && !options.guest)
        if (auto written = directories.write_pid_file(pid_file); !written)
            log::warning(written.error().text);
    if (image.has(service::system_instance) && !options.guest)
        if (auto announced = directories.announce(); !announced)
            log::warning(announced.error().text);
    auto listeners = TRY(open_listeners(image, directories.run().get(), {}, passed, true));
    if (const auto left = std::ranges::count_if(passed, [](const auto& fd) { return static_cast<bool>(fd); }))
        log::warning("systemd passed " + std::to_string(left) +
                     " sockets that the configuration does not name");
    auto errors = TRY(directories.open_stderr());
    const int stderr_fd = options.foreground ? STDERR_FILENO : errors.release();
    if (auto given_up = give_up_rights(); !given_up)
        return failed("giving up rights: ", given_up.error());
    auto setup = TRY(Setup::make(1, std::move(image), std::move(listeners)));
    return Supervisor::Parts{std::move(options),
                             std::move(directory),
                             std::move(directories),
                             std::move(setup),
                             stderr_fd,
                             log,
                             notify,
                             std::move(host),
                             {}};
}

int live(const Options& options, std::vector<OwnedFd> passed, process::Detach& detach,
         service::LineSender& log, process::Notify& notify)
{
    auto directory = own_directory();
    auto config = directory ? ConfigRun::start(options, *directory) : Result<ConfigRun>(directory.error());
    if (!config) {
        log::alarm(config.error().text);
        return EX_OSERR;
    }
    auto outcome = config->wait();
    if (!outcome.image) {
        log::alarm(outcome.why);
        return outcome.status;
    }
    if (::chdir("/") != 0)
        return EX_OSERR;
    auto parts = assemble(options, *directory, std::move(*outcome.image), std::move(passed), log, notify);
    if (!parts) {
        log::alarm(parts.error().text);
        return parts.error().blame == Blame::configuration ? EX_CONFIG : EX_UNAVAILABLE;
    }
    const int stderr_fd = parts->stderr_fd;
    parts->on_ready = [&detach, stderr_fd, caller = options.one_shot] {
        detach.done(stderr_fd);
        if (caller && ::write(*caller, "ready\n", 6) < 0)
            log::warning("the command that this suite serves is gone");
    };
    Supervisor supervisor{std::move(parts).take()};
    const int status = supervisor.run();
    if (status != EX_OK && stderr_fd != STDERR_FILENO)
        show_stderr(stderr_fd);
    return status;
}

}
}

int main(int argc, char** argv)
{
    using namespace gp;
    process::settle_inheritance();
    auto options = master::read_options(argc, argv);
    auto passed = process::passed_sockets(service::max_listeners);
    std::vector<int> kept;
    for (const auto& socket : passed)
        kept.push_back(socket.get());
    if (options && options->one_shot)
        kept.push_back(*options->one_shot);
    process::close_all_but(kept);
    service::LineSender log{true};
    log::set_program("master");
    log::set_sink([&](const log::Entry& entry) { log.take(entry); });
    if (!options) {
        log::alarm(options.error().text + "\n" + master::usage());
        return EX_USAGE;
    }
    master::prepare_process();
    process::Notify notify;
    auto detach = process::Detach::begin(options->foreground);
    if (!detach) {
        log::alarm(detach.error().text);
        return EX_OSERR;
    }
    return master::live(*options, std::move(passed), *detach, log, notify);
}
