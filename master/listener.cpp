#include "master/listener.h"

#include <sys/un.h>

#include <cstring>

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

}

Result<std::vector<Listener>> open_listeners(const service::Image& image, int run_directory,
                                             const std::vector<Listener>& old, std::vector<OwnedFd>& passed)
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
            auto made = bind_row(row, run_directory);
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
