#include "common/process/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "common/base/number.h"

namespace gp::process {

Notify::Notify()
{
    const char* address = ::getenv("NOTIFY_SOCKET");
    if (!address || (address[0] != '/' && address[0] != '@') ||
        std::strlen(address) >= sizeof sockaddr_un::sun_path)
        return;
    address_ = address;
    socket_ = OwnedFd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (const char* usec = ::getenv("WATCHDOG_USEC"))
        if (const auto limit = parse_integer(usec).value_or(0); limit > 0)
            interval_ = std::chrono::milliseconds{limit / 2000};
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
}

void Notify::reloading() const
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto usec = static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec) + "\n");
}

void Notify::send(std::string_view text) const
{
    if (!socket_)
        return;
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    address_.copy(to.sun_path, sizeof to.sun_path - 1);
    if (to.sun_path[0] == '@')
        to.sun_path[0] = 0;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    // Best effort by nature: systemd's own timeouts judge what does not arrive.
    [[maybe_unused]] const auto sent = ::sendto(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL,
                                                reinterpret_cast<const sockaddr*>(&to), length);
}

}
