#include "master/child.h"

#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "common/log/log.h"
#include "common/process/memfd.h"

namespace gp::master {

using service::Control;
using service::ControlFrame;

ControlFrame control_frame(Control type, std::string_view name, std::uint32_t value, std::uint16_t flags)
{
    ControlFrame frame;
    frame.type = type;
    frame.flags = flags;
    frame.value = value;
    name.copy(frame.name, sizeof frame.name - 1);
    return frame;
}

void Child::tell(const ControlFrame& frame, SharedFd fd)
{
    waiting_.push_back({frame, std::move(fd)});
    flush();
    if (waiting_.size() <= most_waiting)
        return;
    log::alarm(name() + " reads nothing that it is told; killed");
    process::signal_child(process, SIGKILL).take();
    waiting_.clear();
}

void Child::flush()
{
    while (!waiting_.empty() && send(waiting_.front()))
        waiting_.pop_front();
}

// False when it must be tried again later. A child that is gone is noticed elsewhere.
bool Child::send(const Waiting& one)
{
    char octets[sizeof one.frame];
    std::memcpy(octets, &one.frame, sizeof octets);
    const auto sent =
        process::send_datagram(socket.get(), {octets, sizeof octets}, one.fd ? one.fd->get() : -1);
    return sent || (errno != EAGAIN && errno != ENOBUFS && errno != ETOOMANYREFS);
}

Result<std::optional<ControlFrame>> Child::hear()
{
    char octets[sizeof(ControlFrame) + 1]; // one more, to see what is too long
    auto got = process::receive_datagram(socket.get(), octets, sizeof octets);
    if (!got && (errno == EAGAIN || errno == EWOULDBLOCK))
        return std::optional<ControlFrame>{};
    if (!got)
        return std::move(got).error();
    if (got->size == 0)
        return temporary("closed its socket", Cause::closed);
    if (got->size != sizeof(ControlFrame) || got->truncated || got->fd)
        return permanent("sent what is no control frame");
    ControlFrame frame;
    std::memcpy(&frame, octets, sizeof frame);
    if (frame.magic != service::control_magic)
        return permanent("sent a control frame of another version");
    return std::optional{frame};
}

}
