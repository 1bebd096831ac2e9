#include "master/config_run.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "common/process/capabilities.h"
#include "common/process/identity.h"
#include "common/process/memfd.h"

namespace gp::master {
namespace {

constexpr std::string_view of_loader[] = {"LD_", "GLIBC_", "GCONV_PATH=", "MALLOC_", "ASAN_OPTIONS="};
constexpr std::size_t most_environment = 128 * 1024; // octets

constexpr int image_fd = 3; // where the config program finds its end
constexpr const char* config_user = "gp-config";
constexpr std::chrono::seconds to_exit{5};

// The config program's user may also read what the configuration file's group may.
Result<process::Identity> identity_for(const process::User& user, const std::string& file)
{
    auto groups = TRY(process::groups_of(user.name, user.gid));
    process::Identity who{user.uid, user.gid, std::move(groups)};
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0 && status.st_gid != 0)
        who.groups.push_back(status.st_gid);
    return who;
}

// In the child: nobody's rights when we have root's. Where that user does not exist it stays root without
// any capability, which can read what root owns and jails itself before it reads.
Status give_up_root(const std::string& file)
{
    if (::geteuid() != 0)
        return {};
    const auto user = process::find_user(config_user);
    if (!user && user.error().cause != Cause::not_found)
        return user.error();
    TRY(process::limit_bounding_set(0));
    if (user)
        TRY(process::become(TRY(identity_for(*user, file))));
    return process::reduce_capabilities(0);
}

// keep_environment chooses from it. What would change how a program is loaded is not handed on.
std::vector<std::string> config_environment()
{
    auto environment = service_environment();
    std::size_t octets = 0;
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view text = *entry;
        octets += text.size();
        const bool is_loaders = std::ranges::any_of(of_loader, [&](std::string_view start) { return text.starts_with(start); });
        if (!is_loaders && !text.starts_with("TZ=") && octets <= most_environment)
            environment.emplace_back(text);
    }
    return environment;
}

}

std::vector<std::string> service_environment()
{
    std::vector<std::string> environment;
    if (const char* zone = ::getenv("TZ"))
        environment.push_back(std::string("TZ=") + zone);
#ifdef __SANITIZE_ADDRESS__
    // Leaks cannot be searched in a jail: that needs ptrace.
    environment.emplace_back("ASAN_OPTIONS=detect_leaks=0");
#endif
    return environment;
}

Result<ConfigRun> ConfigRun::start(const Options& options, const std::string& directory)
{
    auto [ours, theirs] = TRY(process::socket_pair(SOCK_SEQPACKET));
    process::Command command;
    command.path = directory + "/config";
    command.arguments = {"gatepost-config", "--image-descriptor", std::to_string(image_fd)};
    if (::geteuid() == 0)
        command.arguments.emplace_back("--serves-root");
    command.arguments.insert(command.arguments.end(), options.for_config.begin(), options.for_config.end());
    command.environment = config_environment();
    command.descriptors = {{STDERR_FILENO, STDERR_FILENO}, {theirs.get(), image_fd}};
    command.death_signal = SIGKILL;
    command.prepare = [file = options.config_file] { return give_up_root(file); };
    ConfigRun run;
    run.child_ = TRY(process::start(command));
    run.socket_ = std::move(ours);
    run.deadline_ = std::chrono::steady_clock::now() + longest;
    return run;
}

ConfigRun::Outcome ConfigRun::finish()
{
    Outcome outcome;
    char nothing = 0;
    pollfd ready{socket_.get(), POLLIN, 0};
    auto received = ::poll(&ready, 1, 0) > 0
                        ? process::receive_datagram(socket_.get(), &nothing, 1)
                        : Result<process::Datagram>(temporary("it took too long", Cause::timeout));
    if (!received)
        process::signal_child(child_, SIGKILL).take();
    auto exit = process::wait_for(child_, to_exit);
    if (!received || !exit) {
        outcome.why = "config: " + (received ? exit.error().text : received.error().text);
        outcome.status = EX_OSERR;
        return outcome;
    }
    if (!exit->good() || !received->fd) {
        outcome.why = "config: " + process::describe(*exit) + (exit->good() ? " without an image" : "");
        outcome.status = exit->by_signal || exit->good() ? EX_SOFTWARE : exit->number;
        return outcome;
    }
    auto image = service::Image::open(std::move(received->fd));
    if (image)
        outcome.image = std::move(image).take();
    else
        outcome.why = image.error().text;
    outcome.status = EX_SOFTWARE;
    return outcome;
}

ConfigRun::Outcome ConfigRun::wait()
{
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    pollfd ready{socket_.get(), POLLIN, 0};
    while (::poll(&ready, 1, static_cast<int>(left.count())) < 0 && errno == EINTR) {
    }
    return finish();
}

}
