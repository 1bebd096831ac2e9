#include "master/control/check_run.h"

#include <poll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "common/process/memfd.h"
#include "common/process/spawn.h"

namespace gp::control {
namespace {

constexpr std::chrono::seconds patience{60};
constexpr int image_fd = 3;

process::Command command_for(const Invocation& call)
{
    process::Command command;
    command.path = call.programs + "/config";
    command.arguments = {"gatepost-config"};
    for (const auto& definition : call.definitions) {
        command.arguments.emplace_back("--define");
        command.arguments.push_back(definition);
    }
    for (char** entry = environ; *entry; ++entry)
        if (std::string_view(*entry).starts_with("GATEPOST_") || std::string_view(*entry).starts_with("TZ="))
            command.environment.emplace_back(*entry);
    command.descriptors = {{STDOUT_FILENO, STDOUT_FILENO}, {STDERR_FILENO, STDERR_FILENO}};
    char* here = ::realpath(".", nullptr);
    command.directory = here ? here : "/";
    std::free(here); // NOLINT: realpath allocates it
    if (::geteuid() == 0)
        command.arguments.emplace_back("--serves-root");
    return command;
}

}

int check_config(const Invocation& call)
{
    return check_config(call, {});
}

int check_config(const Invocation& call, const Replaced& replaced)
{
    auto command = command_for(call);
    command.arguments.insert(command.arguments.end(), {"--check", call.config});
    if (call.json)
        command.arguments.emplace_back("--json");
    if (!replaced.path.empty())
        command.arguments.insert(command.arguments.end(),
                                 {"--replaced", replaced.path, "--replacement", replaced.replacement});
    auto child = process::start(command);
    if (!child)
        return fail(EX_OSERR, child.error().text);
    const auto exit = process::wait_for(*child, patience);
    if (!exit)
        return fail(EX_OSERR, exit.error().text);
    if (exit->by_signal)
        return fail(EX_SOFTWARE, "config: " + process::describe(*exit));
    return exit->number;
}

Result<service::Image> image_for(const Invocation& call)
{
    auto [ours, theirs] = TRY(process::socket_pair(SOCK_SEQPACKET));
    auto command = command_for(call);
    command.arguments.insert(command.arguments.end(),
                             {"--image-descriptor", std::to_string(image_fd), "--config", call.config});
    command.descriptors.push_back({theirs.get(), image_fd});
    auto child = TRY(process::start(command));
    theirs.reset();
    char octets[16];
    pollfd ready{ours.get(), POLLIN, 0};
    ::poll(&ready, 1, static_cast<int>(std::chrono::milliseconds(patience).count()));
    auto got = ::poll(&ready, 1, 0) > 0 ? process::receive_datagram(ours.get(), octets, sizeof octets)
                                        : Result<process::Datagram>(temporary("config: took too long"));
    const auto exit = TRY(process::wait_for(child, patience));
    if (!got || !got->fd)
        return misconfigured("config: " + process::describe(exit));
    return service::Image::open(std::move(got->fd));
}

}
