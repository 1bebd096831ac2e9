#include "delivery/remote/turned_links.h"

#include <algorithm>

#include <sys/socket.h>

#include "common/process/memfd.h"

namespace gp::remote {
namespace {

net::SocketAddress place_of(const std::string& address, std::uint32_t port)
{
    const auto parsed = net::Address::parse(address);
    return parsed ? net::SocketAddress{*parsed, static_cast<std::uint16_t>(port)} : net::SocketAddress{};
}

std::optional<tls::SessionFacts> tls_of(const mail::Origin& client)
{
    if (client.tls_cipher.empty())
        return std::nullopt;
    tls::SessionFacts facts;
    facts.version = client.tls_version;
    facts.cipher = client.tls_cipher;
    facts.cipher_name = client.tls_cipher_std;
    facts.sni = client.tls_sni;
    facts.verified = client.tls_certificate_verified;
    if (!client.tls_peer_dn.empty())
        facts.peer.emplace().subject = client.tls_peer_dn;
    return facts;
}

}

Result<TurnLinkReply> TurnedLinks::turn(const TurnLink& question)
{
    const auto& client = question.client;
    const auto address = TRY(net::Address::parse(client.host_address));
    if (stopping_)
        return temporary("the service is being stopped");
    if (links_.size() >= workshop_.parameters.connections_max)
        return temporary("as many connections are open as may be (connections_max)");
    auto control = TRY(process::socket_pair(SOCK_STREAM | SOCK_NONBLOCK));
    auto octets = TRY(process::socket_pair(SOCK_STREAM | SOCK_NONBLOCK));
    auto link = std::make_shared<TurnedLink>();
    link->host = {.host_name = client.host_name.empty() ? client.host_address : client.host_name,
                  .address = address,
                  .port = static_cast<std::uint16_t>(client.host_port)};
    link->local = place_of(client.interface_address, client.interface_port);
    link->tls = tls_of(client);
    link->socket = std::move(octets.first);
    auto channel = ipc::Channel::open(std::move(control.first), "turned", this);
    const auto id = channel->id();
    links_.emplace(id, Held{std::move(channel), std::move(link)});
    return TurnLinkReply{.control = ipc::Fd{std::move(control.second)}, .octets = ipc::Fd{std::move(octets.second)}};
}

Result<DeliverTurnedReply> TurnedLinks::answer(const DeliverTurned& question, ipc::Channel& from)
{
    const auto found = links_.find(from.id());
    if (found == links_.end())
        return temporary("this link has ended");
    if (question.delivery.targets.empty())
        return permanent("a delivery without targets");
    const auto link = found->second.link;
    const auto until = event::Deadline::in(std::chrono::seconds{std::max(question.delivery.deadline, 1u)});
    if (!link->turn.enter(until))
        return temporary("another message did not leave the link in time");
    auto delivery = question.delivery; // what it has waited for its turn is part of its time: whoever asked waits no longer
    delivery.deadline = static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(until.left()).count());
    // Whoever asked may have died meanwhile, and its successor may have the message delivered otherwise.
    const bool is_wanted = links_.contains(from.id()) && !stopping_ && delivery.deadline > 0;
    auto reply = is_wanted ? DeliveryRun{workshop_, delivery, link.get()}.run() : delivery::DeliverReply{};
    link->turn.leave();
    if (stopping_ && link->over.empty())
        link->over = "the service is being stopped";
    if (!links_.contains(from.id()) && link->turn.inside() == 0) // nobody waits for more
        end(*link);
    if (!is_wanted)
        return temporary(delivery.deadline > 0 ? "this link has ended" : "another message did not leave the link in time");
    return DeliverTurnedReply{.reply = std::move(reply), .over = link->over};
}

void TurnedLinks::end(TurnedLink& link) const
{
    link.over = "nothing more is to be delivered over it";
    link.socket.reset();
    if (link.session)
        say_goodbye(std::move(link.session), std::chrono::seconds{workshop_.parameters.quit_timeout});
}

void TurnedLinks::peer_gone(ipc::Channel& from)
{
    const auto found = links_.find(from.id());
    if (found == links_.end())
        return;
    const auto link = found->second.link;
    links_.erase(found);
    if (link->turn.inside() == 0)
        end(*link);
}

void TurnedLinks::close_all()
{
    stopping_ = true;
    for (auto at = links_.begin(); at != links_.end();) {
        const auto here = at++;
        if (here->second.link->turn.inside() > 0)
            continue; // who hears its answer ends the link
        const auto held = std::move(here->second);
        links_.erase(here);
        held.channel->close("");
        end(*held.link);
    }
}

bool TurnedLinks::is_busy() const
{
    return std::ranges::any_of(links_, [](const auto& one) { return one.second.link->turn.inside() > 0; });
}

}
