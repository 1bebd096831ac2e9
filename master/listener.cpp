#include "master/listener.h"

#include <sys/un.h>

#include <cstring>
#include <thread>

#include "common/base/duration.h"
#include "common/log/log.h"
#include "common/process/listen.h"

namespace gp::master {
namespace {

bool same_address(const service::ImageListener& a, const service::ImageListener& b)
{
    return a.address_length == b.address_length && std::memcmp(&a.address, &b.address, a.address_length) == 0;
}

Result<OwnedFd> bind_row(const service::ImageListener& row, int run_directory)
{
    const int backlog = static_cast<int>(row.backlog);
    if (row.address.ss_family != AF_UNIX)
        return process::listen_inet(row.address, row.address_length, backlog);
    sockaddr_un address{};
    std::memcpy(&address, &row.address, sizeof address);
    return process::listen_unix(run_directory, std::string(service::text_of(address.sun_path)), row.mode,
                                backlog);
}

// Another daemon may be about to end.
Result<OwnedFd> bind_patiently(const service::ImageListener& row, int run_directory, const service::ImageHeader& header)
{
    for (auto left = header.bind_retries;; --left) {
        auto made = bind_row(row, run_directory);
        if (made || made.error().cause != Cause::refused || left == 0)
            return made;
        log::main("listening on " + std::string(service::text_of(row.label)) + ": " + made.error().text + ": waiting " +
                  format_duration(std::chrono::seconds(header.bind_wait)) + " before trying again (" + std::to_string(left) +
                  (left == 1 ? " more try)" : " more tries)"));
        std::this_thread::sleep_for(std::chrono::seconds(header.bind_wait));
    }
}

}

Result<std::vector<Listener>> open_listeners(const service::Image& image, int run_directory,
                                             const std::vector<Listener>& old, std::vector<OwnedFd>& passed, bool is_start)
{
    std::vector<Listener> listeners;
    for (const auto& row : image.listeners()) {
        Listener listener{row, nullptr};
        for (const auto& kept : old)
            if (same_address(kept.row, row))
                listener.socket = kept.socket;
        for (auto& fd : passed)
            if (!listener.socket && fd && process::listens_at(fd.get(), row.address))
                listener.socket = std::make_shared<OwnedFd>(std::move(fd));
        if (!listener.socket) {
            auto made = is_start ? bind_patiently(row, run_directory, image.header()) : bind_row(row, run_directory);
            if (!made)
                return temporary("cannot listen on " + std::string(service::text_of(row.label)) + ": " +
                                 made.error().text);
            listener.socket = std::make_shared<OwnedFd>(std::move(made).take());
        }
        listeners.push_back(std::move(listener));
    }
    return listeners;
}

}
