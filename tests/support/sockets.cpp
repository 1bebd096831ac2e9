#include "tests/support/sockets.h"

#include "tests/support/fiber_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>

namespace gp::test {
namespace {

void must(bool worked, std::string_view what)
{
    if (!worked)
        panic(system_error(what).text);
}

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}

std::pair<OwnedFd, OwnedFd> socket_pair(int type)
{
    int ends[2];
    must(::socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
    return {OwnedFd{ends[0]}, OwnedFd{ends[1]}};
}

std::pair<OwnedFd, OwnedFd> pipe_pair()
{
    int ends[2];
    must(::pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0, "pipe");
    return {OwnedFd{ends[0]}, OwnedFd{ends[1]}};
}

OwnedFd listen_tcp(std::uint16_t& port)
{
    OwnedFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    auto address = loopback(0);
    socklen_t length = sizeof address;
    must(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) == 0, "bind");
    must(::listen(fd.get(), 1024) == 0, "listen");
    must(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0, "getsockname");
    port = ntohs(address.sin_port);
    return fd;
}

OwnedFd connect_tcp(std::uint16_t port)
{
    OwnedFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto address = loopback(port);
    must(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
    return fd;
}

std::pair<OwnedFd, OwnedFd> tcp_pair()
{
    std::uint16_t port = 0;
    const auto listening = listen_tcp(port);
    auto here = connect_tcp(port);
    OwnedFd there{::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    must(static_cast<bool>(there), "accept");
    const int on = 1;
    must(::setsockopt(here.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "setsockopt");
    must(::setsockopt(there.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "setsockopt");
    return {std::move(here), std::move(there)};
}

namespace {

StreamPair streams_over(std::pair<OwnedFd, OwnedFd> ends)
{
    return {std::make_unique<event::FdStream>(std::move(ends.first)),
            std::make_unique<event::FdStream>(std::move(ends.second))};
}

}

StreamPair stream_pair()
{
    return streams_over(socket_pair());
}

StreamPair tcp_stream_pair()
{
    return streams_over(tcp_pair());
}

std::string read_all(event::Stream& stream)
{
    std::string all;
    std::array<char, 4096> part;
    for (;;) {
        const auto size = stream.read(part, soon());
        if (!size || *size == 0)
            return all;
        all.append(part.data(), *size);
    }
}

ChannelPair channel_pair(ipc::Dispatcher* left, ipc::Dispatcher* right)
{
    return channel_pair(left, right, ipc::Channel::Limits{});
}

ChannelPair channel_pair(ipc::Dispatcher* left, ipc::Dispatcher* right, const ipc::Channel::Limits& limits)
{
    auto [here, there] = socket_pair();
    return {ipc::Channel::open(std::move(here), "right", left, limits),
            ipc::Channel::open(std::move(there), "left", right, limits)};
}

}
