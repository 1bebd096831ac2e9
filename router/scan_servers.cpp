#include "router/scan_servers.h"

#include "common/base/text.h"
#include "common/scan/milter_settings.h"

namespace gp::router {
namespace {

Result<std::vector<net::Address>> addresses_of(const scan::Server& server, const Ground& ground, event::Deadline until)
{
    if (const auto address = net::Address::parse(server.host))
        return std::vector{*address};
    auto found = ground.hosts_file.find(server.host);
    if (found.empty())
        found = TRY(dns::lookup_host(ground.resolver, server.host, until)).addresses;
    if (found.empty())
        return temporary("no IP address found for host " + server.host);
    return found;
}

}

Result<ScanServer> connect_to(const scan::Server& server, const Ground& ground, event::Deadline until)
{
    if (server.is_unix()) {
        auto made = net::connect(TRY(net::SocketAddress::unix_path(server.host)), until);
        if (!made)
            return temporary("unable to connect to UNIX socket (" + server.host + "): " + made.error().error.text);
        return ScanServer{std::move(made->socket), server.host};
    }
    std::string reason;
    for (std::uint32_t port = server.first_port; port <= server.last_port; ++port)
        for (const auto& address : TRY(addresses_of(server, ground, until))) {
            const net::SocketAddress to{address, static_cast<std::uint16_t>(port)};
            auto made = net::connect(to, until);
            if (made)
                return ScanServer{std::move(made->socket), to.text()};
            reason = made.error().error.text;
        }
    return temporary("failed to connect to any address for " + server.host + ": " + reason);
}

Result<OpenMilterReply> open_milter(const OpenMilter& question, const std::vector<std::string>& known, const Ground& ground)
{
    if (std::ranges::find(known, question.place) == known.end())
        return permanent("the configuration names no milter " + escape(question.place));
    auto connected = connect_to(TRY(scan::milter_place(question.place)), ground, event::Deadline::in(Duration{question.timeout_ms}));
    OpenMilterReply reply;
    if (connected)
        reply.server = ipc::Fd{std::move(connected->socket)};
    else
        reply.failure = connected.error().text;
    return reply;
}

}
