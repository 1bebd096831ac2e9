#include "common/service/detail/control_socket.h"

#include "common/process/memfd.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace gp::service {

std::string_view ControlMessage::name() const
{
    return {frame.name, ::strnlen(frame.name, sizeof frame.name)};
}

Result<ControlSocket> ControlSocket::inherited()
{
    int type = 0;
    socklen_t length = sizeof type;
    if (::getsockopt(control_fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_SEQPACKET)
        return permanent("is started by gatepost's master, not by hand");
    ::fcntl(control_fd, F_SETFD, FD_CLOEXEC);
    return ControlSocket{OwnedFd{control_fd}};
}

Result<std::optional<ControlMessage>> ControlSocket::receive()
{
    char octets[sizeof(ControlFrame)];
    auto got = process::receive_datagram(fd_.get(), octets, sizeof octets);
    if (!got && (errno == EAGAIN || errno == EWOULDBLOCK))
        return std::optional<ControlMessage>{};
    if (!got)
        return std::move(got).error();
    if (got->size == 0)
        return temporary("master is gone", Cause::closed);
    ControlMessage message;
    if (got->size != sizeof(ControlFrame) || got->truncated)
        return permanent("a control frame of another size");
    std::memcpy(&message.frame, octets, sizeof octets);
    if (message.frame.magic != control_magic)
        return permanent("a control frame of another version");
    message.fd = std::move(got->fd);
    return std::optional{std::move(message)};
}

void ControlSocket::make_nonblocking()
{
    ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
}

void ControlSocket::send(Control type, std::uint32_t value, std::uint16_t flags)
{
    ControlFrame frame;
    frame.type = type;
    frame.value = value;
    frame.flags = flags;
    (void)send(frame);
}

bool ControlSocket::send_count(std::string_view name, std::uint32_t by)
{
    ControlFrame frame;
    frame.type = Control::count;
    frame.value = by;
    name.copy(frame.name, sizeof frame.name - 1);
    return send(frame);
}

bool ControlSocket::send(const ControlFrame& frame)
{
    char octets[sizeof frame];
    std::memcpy(octets, &frame, sizeof frame);
    return fd_ && process::send_datagram(fd_.get(), {octets, sizeof octets});
}

}
