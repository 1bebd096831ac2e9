#include "common/net/connect.h"

#include "common/base/text.h"
#include "common/event/loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace gp::net {
namespace {

ConnectError failed(int error_number, std::string_view doing = {})
{
    Cause cause = Cause::other;
    if (error_number == ETIMEDOUT)
        cause = Cause::timeout;
    else if (error_number == ECONNREFUSED)
        cause = Cause::refused;
    std::string text(doing);
    if (!text.empty())
        text += ": ";
    return {temporary(text + std::strerror(error_number), cause), error_number};
}

void set_flag(int fd, int level, int option, int value)
{
    // Best effort: a kernel that lacks one of these still carries mail.
    (void)::setsockopt(fd, level, option, &value, sizeof value);
}

void apply(int fd, int family, const ConnectOptions& options)
{
    if (family != AF_INET && family != AF_INET6)
        return;
    if (options.no_delay)
        set_flag(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (options.keep_alive)
        set_flag(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    if (options.dscp >= 0) {
        const int traffic_class = options.dscp << 2; // RFC 2474 section 3: the upper six bits
        if (family == AF_INET)
            set_flag(fd, IPPROTO_IP, IP_TOS, traffic_class);
        else
            set_flag(fd, IPPROTO_IPV6, IPV6_TCLASS, traffic_class);
    }
}

// 0, or the errno.
int bind_source(int fd, int family, const ConnectOptions& options)
{
    if (!options.source && options.source_port == 0)
        return 0;
    Address source = options.source.value_or(family == AF_INET ? Address{} : Address::v6(std::array<std::uint8_t, 16>{}));
    if (options.source_port == 0)
        set_flag(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1); // or 28,000 connections would be the end
    else
        set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    sockaddr_storage storage;
    const socklen_t length = SocketAddress{source, options.source_port}.fill(storage);
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&storage), length) == 0 ? 0 : errno;
}

// 0 once connected, or the errno. Asking connect(2) again tells both what became of it and whether the
// wake-up was for nothing.
int finish_connecting(int fd, const sockaddr_storage& to, socklen_t length, event::Deadline until)
{
    event::FdWatch watch{fd};
    while (watch.wait_writable(until)) {
        if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), length) == 0 || errno == EISCONN)
            return 0;
        if (errno != EALREADY && errno != EINPROGRESS && errno != EINTR)
            return errno;
    }
    return ETIMEDOUT;
}

}

ConnectResult connect(const SocketAddress& to, event::Deadline until, const ConnectOptions& options)
{
    const int family = to.family();
    OwnedFd socket{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket)
        return failed(errno, "socket");
    apply(socket.get(), family, options);
    if (family != AF_UNIX)
        if (const int error_number = bind_source(socket.get(), family, options))
            return failed(error_number, "unable to bind outgoing SMTP call to " +
                                            options.source.value_or(Address{}).text());
    sockaddr_storage storage;
    const socklen_t length = to.fill(storage);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0) {
        if (errno != EINPROGRESS && errno != EINTR)
            return failed(errno);
        if (const int error_number = finish_connecting(socket.get(), storage, length, until))
            return failed(error_number);
    }
    SocketAddress local;
    socklen_t local_length = sizeof storage;
    if (family != AF_UNIX &&
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &local_length) == 0)
        if (auto own = SocketAddress::from(reinterpret_cast<const sockaddr*>(&storage), local_length))
            local = *own;
    return Connected{std::move(socket), local};
}

}
