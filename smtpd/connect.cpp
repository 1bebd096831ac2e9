#include "smtpd/connect.h"

#include <sys/socket.h>

namespace gp::smtpd {
namespace {

void fill(std::string& address, std::uint32_t& port, const sockaddr* from, socklen_t length)
{
    const auto socket_address = net::SocketAddress::from(from, length);
    if (!socket_address || socket_address->is_unix())
        return;
    address = socket_address->address().unmapped().text();
    port = socket_address->port();
}

}

Client describe_client(int fd, const sockaddr* peer, socklen_t length, const Parameters& parameters)
{
    Client client;
    if (!peer || (peer->sa_family != AF_INET && peer->sa_family != AF_INET6))
        return client;
    fill(client.origin.host_address, client.origin.host_port, peer, length);
    sockaddr_storage here{};
    socklen_t here_length = sizeof here;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &here_length) == 0)
        fill(client.origin.interface_address, client.origin.interface_port, reinterpret_cast<sockaddr*>(&here),
             here_length);
    const int on = 1;
    if (parameters.smtp_accept_keepalive)
        (void)::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on); // of use, not of need
    return client;
}

Connections::Connections(const Parameters& parameters) : parameters_(parameters) {}

std::uint32_t Connections::share(std::uint32_t limit) const
{
    const auto processes = std::max(parameters_.processes, 1u);
    return (limit + processes - 1) / processes;
}

Connections::Admission Connections::admit(const std::string& host_address)
{
    const auto refused = [](std::string reply, std::string log) {
        return Admission{Place{}, std::move(reply), std::move(log)};
    };
    if (parameters_.smtp_accept_max != 0 && count_ >= share(parameters_.smtp_accept_max))
        return refused("Too many concurrent SMTP connections; please try again later.", "too many connections");
    const auto limit = parameters_.smtp_accept_max_per_host;
    if (limit != 0 && !host_address.empty() && of_host(host_address) >= share(limit))
        return refused(too_many_of_host, too_many_of_host_log);
    if (!host_address.empty())
        ++per_host_[host_address];
    ++count_;
    return {Place{*this, host_address}, {}, {}};
}

std::uint32_t Connections::in_all() const
{
    const auto others = std::max(parameters_.processes, 1u) - 1;
    return static_cast<std::uint32_t>(count_) + others * static_cast<std::uint32_t>(count_ > 0 ? count_ - 1 : 0);
}

std::uint32_t Connections::of_host(const std::string& address) const
{
    const auto found = per_host_.find(address);
    return found == per_host_.end() ? 0 : found->second;
}

void Connections::leave(const std::string& address)
{
    --count_;
    const auto found = per_host_.find(address);
    if (found != per_host_.end() && --found->second == 0)
        per_host_.erase(found);
}

}
