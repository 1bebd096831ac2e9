#include "common/event/stream.h"

#include "common/event/detail/scheduler.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace gp::event {
namespace {

// Connections taken in one go, before the conversations that run get their turn.
constexpr int most_at_once = 64;

// How long accepting rests when descriptors or memory are used up.
constexpr Duration rest{100};

bool is_tcp(int fd)
{
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        return false;
    return address.ss_family == AF_INET || address.ss_family == AF_INET6;
}

// The connection died in the kernel's queue: the next one is as good (accept(2), "Error handling").
bool only_that_one_failed(int number)
{
    switch (number) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
        return true;
    default:
        return false;
    }
}

}

struct Listener::Impl {
    Impl(int fd, AcceptedFrom on_connection, Failed on_error)
        : listening(fd), accepted(std::move(on_connection)), failed(std::move(on_error)),
          again([this] { watch(); })
    {
        ready = ::event_new(
            Scheduler::current().base(), fd, EV_READ | EV_PERSIST,
            [](evutil_socket_t, short, void* self) { static_cast<Impl*>(self)->accept_some(); }, this);
        if (!ready)
            panic("there is memory for watching a listener");
        // Replies leave when they are written: Nagle against delayed acknowledgements costs 40 ms. What is
        // accepted inherits it.
        const int on = 1;
        if (is_tcp(fd))
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch();
    }
    ~Impl()
    {
        if (Scheduler::current_or_null())
            ::event_free(ready);
    }

    void watch()
    {
        if (!paused && ::event_add(ready, nullptr) != 0)
            panic("a listening socket can be watched");
    }

    void accept_some()
    {
        for (int i = 0; i < most_at_once && !paused; ++i) {
            sockaddr_storage peer{};
            socklen_t length = sizeof peer;
            OwnedFd fd{::accept4(listening, reinterpret_cast<sockaddr*>(&peer), &length,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC)};
            if (fd)
                accepted(std::move(fd), peer, length);
            else if (!may_go_on(errno))
                return;
        }
    }

    bool may_go_on(int number)
    {
        if (number == EAGAIN || number == EWOULDBLOCK)
            return false;
        if (only_that_one_failed(number))
            return true;
        ::event_del(ready);
        again.start(rest);
        failed(system_error("accept", number));
        return false;
    }

    int listening;
    bool paused = false;
    AcceptedFrom accepted;
    Failed failed;
    ::event* ready = nullptr;
    Timer again;
};

Listener::Listener(int listening_fd, Accepted on_connection, Failed on_error)
    : Listener(listening_fd,
               AcceptedFrom{[accepted = std::move(on_connection)](OwnedFd fd, const sockaddr_storage&,
                                                                  socklen_t) { accepted(std::move(fd)); }},
               std::move(on_error))
{}

Listener::Listener(int listening_fd, AcceptedFrom on_connection, Failed on_error)
    : impl_(std::make_unique<Impl>(listening_fd, std::move(on_connection), std::move(on_error)))
{}

Listener::~Listener() = default;

void Listener::pause()
{
    impl_->paused = true;
    impl_->again.cancel();
    ::event_del(impl_->ready);
}

void Listener::resume()
{
    if (!impl_->paused)
        return;
    impl_->paused = false;
    impl_->watch();
}

}
