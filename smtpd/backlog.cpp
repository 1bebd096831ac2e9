#include "smtpd/backlog.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "common/log/log.h"
#include "common/net/address.h"

namespace gp::smtpd {

void BacklogMonitor::look_at(int listening_socket)
{
    if (most_ == 0 || last_told_ == clock_.seconds())
        return;
    // Of a listening socket these are the connections that nobody has accepted (tcp(7), inet_diag).
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(listening_socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return;
    const auto waited = info.tcpi_unacked + 1; // with the one that was just taken
    if (waited <= most_)
        return;
    sockaddr_storage here{};
    socklen_t length = sizeof here;
    if (::getsockname(listening_socket, reinterpret_cast<sockaddr*>(&here), &length) != 0)
        return;
    const auto place = net::SocketAddress::from(reinterpret_cast<sockaddr*>(&here), length);
    if (!place || place->is_unix())
        return;
    last_told_ = clock_.seconds();
    log::main("listen backlog " + std::to_string(waited) + " I=[" + place->address().text() + "]:" + std::to_string(place->port()));
}

}
