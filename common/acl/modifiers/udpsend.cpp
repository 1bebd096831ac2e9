// udpsend = HOST : PORT : TEXT: one packet, sent and forgotten (manual 44.19).

#include <sys/socket.h>

#include "common/acl/modifier.h"
#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/dns/resolver.h"
#include "common/net/address.h"

namespace gp::acl {
namespace {

Result<net::Address> address_of(const std::string& host, Context& context)
{
    if (auto address = net::Address::parse(host))
        return *address;
    if (!context.resolver)
        return misconfigured("udpsend: no name server can be asked here");
    const auto found = TRY(dns::lookup_host(*context.resolver, host, event::Deadline::in(context.dns_timeout)));
    if (found.addresses.empty())
        return temporary("udpsend: no address found for " + escape(host));
    return found.addresses.front();
}

class UdpSend final : public TextAction {
    using TextAction::TextAction;
    Status with(Context& context, const Text& words) const override
    {
        const auto parts = config::split_list(words.text);
        if (parts.size() != 3)
            return misconfigured("udpsend wants HOST, PORT and TEXT");
        const auto port = net::parse_port(parts[1]);
        if (!port)
            return misconfigured("udpsend: " + port.error().text);
        const net::SocketAddress to{TRY(address_of(parts[0], context)), *port};
        sockaddr_storage room{};
        const auto length = to.fill(room);
        const OwnedFd socket{::socket(to.family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        if (!socket)
            return system_error("udpsend: socket");
        if (::sendto(socket.get(), parts[2].data(), parts[2].size(), 0, reinterpret_cast<const sockaddr*>(&room), length) < 0)
            return system_error("udpsend: " + to.text());
        return {};
    }
};

const RegisterModifier self{{
    .name = "udpsend",
    .make = [](const expand::Language& language, std::string_view argument) -> Result<std::unique_ptr<Action>> {
        return std::unique_ptr<Action>{std::make_unique<UdpSend>(TRY(language.parse(argument)))};
    },
    .doc = "Sends a packet to who counts or watches.",
}};

}
}
