#include "common/expand/sockets.h"

#include <netdb.h>

#include <array>
#include <charconv>
#include <vector>

#include "common/event/stream.h"
#include "common/net/connect.h"

namespace gp::expand {
namespace {

// A number, or a name that /etc/services has.
Result<std::uint16_t> port_number(const std::string& port)
{
    std::uint16_t number = 0;
    const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
    if (read.ec == std::errc{} && read.ptr == port.data() + port.size() && number > 0)
        return number;
    std::array<char, 2048> room{};
    servent entry{};
    servent* found = nullptr;
    if (::getservbyname_r(port.c_str(), "tcp", &entry, room.data(), room.size(), &found) == 0 && found)
        return static_cast<std::uint16_t>(ntohs(static_cast<std::uint16_t>(found->s_port)));
    return misconfigured("unknown port \"" + port + "\"");
}

Result<std::vector<net::Address>> addresses_of(const std::string& host, dns::Resolver* resolver, event::Deadline until)
{
    if (const auto address = net::Address::parse(host))
        return std::vector{*address};
    if (!resolver)
        return temporary("no IP address found for host " + host + ": no name server can be asked here");
    const auto found = TRY(dns::lookup_host(*resolver, host, until));
    if (found.addresses.empty())
        return temporary("no IP address found for host " + host);
    return found.addresses;
}

Result<OwnedFd> connect_inet(const SocketRequest& request, dns::Resolver* resolver, event::Deadline until)
{
    const auto port = TRY(port_number(request.port));
    std::string reason;
    for (const auto& address : TRY(addresses_of(request.host, resolver, until))) {
        auto made = net::connect(net::SocketAddress(address, port), until);
        if (made)
            return std::move(made->socket);
        reason = made.error().error.text;
    }
    return temporary("failed to connect to any address for " + request.host + ": " + reason);
}

Result<OwnedFd> connect_path(const SocketRequest& request, event::Deadline until)
{
    const auto failed = [&](const std::string& why) {
        return temporary("failed to connect to socket " + request.path + ": " + why);
    };
    const auto address = net::SocketAddress::unix_path(request.path);
    if (!address)
        return failed(address.error().text);
    auto made = net::connect(*address, until);
    if (!made)
        return failed(made.error().error.text);
    return std::move(made->socket);
}

}

Result<std::string> FiberSockets::ask(const SocketRequest& request)
{
    if (request.tls)
        return misconfigured("TLS is not supported for ${readsocket");
    const auto until = event::Deadline::in(request.timeout);
    event::FdStream stream(request.path.empty() ? TRY(connect_inet(request, resolver_, until))
                                                : TRY(connect_path(request, until)));
    if (!request.request.empty()) {
        const auto written = stream.write(request.request, until);
        if (!written)
            return temporary("request write to socket failed: " + written.error().text);
    }
    if (request.shutdown)
        stream.finish();
    std::string out;
    std::array<char, 4096> buffer;
    while (true) {
        const auto got = stream.read(buffer, until);
        // What comes at the last moment is late even when the loop sees it before its timer.
        if ((!got && got.error().cause == Cause::timeout) || until.expired())
            return temporary("socket read timed out", Cause::timeout);
        // A server that closes without having read the request resets the connection: what it said counts.
        if (!got && got.error().cause != Cause::closed)
            return temporary("socket read failed: " + got.error().text);
        if (!got || *got == 0)
            return out;
        out.append(buffer.data(), *got);
        if (out.size() > largest_)
            return temporary("too much data from the socket", Cause::too_big);
    }
}

}
