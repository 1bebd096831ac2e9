#include "master/sendmail/one_shot.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>

#include "common/process/memfd.h"
#include "common/service/guests.h"
#include "conf/params/surroundings.h"
#include "master/sendmail/master_call.h"

namespace gp::sendmail {
namespace {

constexpr std::size_t most_called = 256 * 1024;
constexpr int start_patience = 70'000; // milliseconds; the reading of the configuration has 60 s of them

// The directory, or the nearest one above it that exists.
bool is_owned(std::string path)
{
    struct stat about {};
    while (::stat(path.c_str(), &about) != 0) {
        if (errno != ENOENT || path.size() < 2)
            return false;
        path.resize(std::max<std::size_t>(1, path.rfind('/')));
    }
    return about.st_uid == ::geteuid();
}

// As master makes it of what we hand on.
std::string absolute(const std::string& path)
{
    char here[PATH_MAX];
    return path.starts_with('/') || !::getcwd(here, sizeof here) ? path : std::string(here) + "/" + path;
}

// "ready\n" from master, or its end.
Status await_ready(int line)
{
    pollfd waiting{line, POLLIN, 0};
    int ready = 0;
    while ((ready = ::poll(&waiting, 1, start_patience)) < 0 && errno == EINTR) {
    }
    char word[8];
    if (ready <= 0 || ::read(line, word, sizeof word) <= 0)
        return temporary("the suite did not start");
    return {};
}

}

bool OneShot::is_wanted(const Options& options, const Instance& instance)
{
    if (options.config.empty() || conf::is_system_file(instance.config))
        return false;
    if (connect_to(instance.run("control")))
        return false;
    return ::geteuid() == 0 || is_owned(instance.spool_directory);
}

bool OneShot::is_guest_wanted(const Options& options, const Instance& instance)
{
    if (options.config.empty() && options.definitions.empty())
        return false;
    const auto called = config::read_file(instance.run(service::called_file), most_called);
    return called && *called != service::called_as(absolute(instance.config), options.definitions) &&
           connect_to(instance.run(service::guests_socket));
}

Result<OneShot> OneShot::start(const Options& options, const Instance& instance)
{
    return spawn(TRY(master_call(options, instance)));
}

Result<OneShot> OneShot::start_guest(const Options& options, Instance& instance)
{
    auto words = TRY(master_call(options, instance));
    words.emplace_back("--guest");
    auto suite = TRY(spawn(std::move(words)));
    instance.guest_directory = service::guest_directory(suite.pid_);
    return suite;
}

Result<OneShot> OneShot::spawn(std::vector<std::string> words)
{
    auto [ours, theirs] = TRY(process::socket_pair(SOCK_STREAM));
    words.emplace_back("--one-shot");
    words.push_back(std::to_string(theirs.get()));
    const auto pid = ::fork();
    if (pid < 0)
        return system_error("fork");
    if (pid == 0) {
        ::setpgid(0, 0); // a signal from the terminal ends the command, which ends the suite in order
        ::fcntl(theirs.get(), F_SETFD, 0);
        const auto failed = become_master(std::move(words));
        std::fprintf(stderr, "exim: %s\n", failed.text.c_str());
        ::_exit(127);
    }
    theirs.reset();
    OneShot suite{std::move(ours), pid};
    TRY(await_ready(suite.line_.get()));
    TRY(become_real_user());
    return suite;
}

OneShot::~OneShot()
{
    if (!line_)
        return;
    line_.reset();
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Status become_real_user()
{
    const auto user = ::getuid();
    const auto group = ::getgid();
    if (::geteuid() == user && ::getegid() == group)
        return {};
    if (::setresgid(group, group, group) != 0 || ::setresuid(user, user, user) != 0)
        return system_error("give up the effective user");
    return {};
}

Status drop_borrowed_rights()
{
    if (::geteuid() == ::getuid() && ::getegid() == ::getgid())
        return {};
    struct stat self {};
    const bool has_set_id = ::stat("/proc/self/exe", &self) != 0 || (self.st_mode & (S_ISUID | S_ISGID)) != 0;
    if (!has_set_id && conf::is_test_environment())
        return {};
    return become_real_user();
}

}
