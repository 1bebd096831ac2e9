#include "common/event/stream.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

namespace gp::event {
namespace {

// How long we trust a short read to mean that nothing is left. A connection that is reset right
// behind its last octets makes no second report; without another look it would stay until its timeout.
constexpr Duration second_look{200};

Error timed_out(std::string_view what)
{
    return temporary(std::string(what) + " timed out", Cause::timeout);
}

Error closed_here()
{
    return temporary("connection closed from our side", Cause::closed);
}

Error failed(std::string_view what)
{
    const int number = errno;
    auto error = system_error(what, number);
    if (number == ECONNRESET || number == EPIPE || number == ENOTCONN || number == ESHUTDOWN)
        error.cause = Cause::closed;
    else if (number == ETIMEDOUT)
        error.cause = Cause::timeout;
    return error;
}

bool would_block()
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

void make_nonblocking(int fd)
{
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags >= 0 && !(flags & O_NONBLOCK))
        ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

}

FdStream::FdStream(OwnedFd fd) : fd_(std::move(fd))
{
    make_nonblocking(fd_.get());
    watch_ = std::make_unique<FdWatch>(fd_.get());
}

FdStream::~FdStream() = default;

// A pipe's end is not reported apart from its last octets, and a file is never reported at all: so
// both are read until they say that there is no more.
void FdStream::settle_for_pipe()
{
    is_socket_ = false;
    drained_ = false;
}

ssize_t FdStream::receive(std::span<char> into)
{
    if (is_socket_) {
        const auto size = ::recv(fd_.get(), into.data(), into.size(), 0);
        if (size >= 0 || errno != ENOTSOCK)
            return size;
        settle_for_pipe();
    }
    return ::read(fd_.get(), into.data(), into.size());
}

ssize_t FdStream::transmit(std::string_view bytes)
{
    if (is_socket_) {
        const auto size = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size >= 0 || errno != ENOTSOCK)
            return size;
        settle_for_pipe();
    }
    return ::write(fd_.get(), bytes.data(), bytes.size());
}

Status FdStream::await_readable(Deadline until)
{
    const auto look = certain_ ? until : until.sooner(Deadline::in(second_look));
    if (!watch_->wait_readable(look)) {
        if (aborted_)
            return closed_here();
        if (certain_ || until.expired())
            return timed_out("read");
    }
    drained_ = false;
    return {};
}

Result<std::size_t> FdStream::read(std::span<char> into, Deadline until)
{
    for (;;) {
        if (aborted_ || !fd_)
            return closed_here();
        if (drained_)
            TRY(await_readable(until));
        const auto size = receive(into);
        if (size > 0 && is_socket_ && static_cast<std::size_t>(size) < into.size() && !watch_->hung_up()) {
            drained_ = true;
            certain_ = false;
        }
        if (size >= 0)
            return static_cast<std::size_t>(size);
        if (would_block())
            drained_ = certain_ = true;
        else if (errno != EINTR)
            return failed("read");
    }
}

Status FdStream::wait_readable(Deadline until)
{
    if (aborted_ || !fd_)
        return closed_here();
    return drained_ ? await_readable(until) : Status{};
}

Status FdStream::write(std::string_view bytes, Deadline until)
{
    while (!bytes.empty()) {
        if (aborted_ || !fd_)
            return closed_here();
        const auto size = transmit(bytes);
        if (size >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(size));
        } else if (would_block()) {
            if (!watch_->wait_writable(until))
                return aborted_ ? closed_here() : timed_out("write");
        } else if (errno != EINTR) {
            return failed("write");
        }
    }
    return {};
}

bool FdStream::has_input()
{
    if (aborted_ || !fd_)
        return true;
    if (is_socket_) {
        char octet;
        const auto size = ::recv(fd_.get(), &octet, 1, MSG_PEEK | MSG_DONTWAIT);
        if (size < 0 && would_block()) {
            drained_ = certain_ = true; // this was the second look: who asks and waits in turn would spin else
            return false;
        }
        if (size >= 0 || errno != ENOTSOCK)
            return true;
        settle_for_pipe();
    }
    int octets = 0;
    return ::ioctl(fd_.get(), FIONREAD, &octets) != 0 || octets > 0;
}

void FdStream::finish()
{
    if (!fd_ || ::shutdown(fd_.get(), SHUT_WR) == 0 || errno != ENOTSOCK)
        return;
    watch_.reset(); // a pipe ends when it is closed
    fd_.reset();
}

void FdStream::abort()
{
    aborted_ = true;
    if (watch_)
        watch_->wake();
}

}
