#include "delivery/remote/held_links.h"

#include "common/log/log.h"
#include "common/process/memfd.h"
#include "delivery/remote/callout_run.h"
#include "delivery/remote/held_delivery.h"

#include <sys/socket.h>

namespace gp::remote {

ipc::Fd HeldLinks::hold(HeldSession& held)
{
    if (links_.size() >= workshop_.parameters.connections_max)
        return {};
    auto ends = process::socket_pair(SOCK_STREAM | SOCK_NONBLOCK);
    if (!ends) {
        log::warning("a callout's connection is not held: " + ends.error().text);
        return {};
    }
    auto channel = ipc::Channel::open(std::move(ends->first), "held", this);
    const auto id = channel->id();
    links_.emplace(id, Link{std::move(channel), std::move(held)});
    return ipc::Fd{std::move(ends->second)};
}

Result<HeldSession> HeldLinks::take(const ipc::Channel& from)
{
    const auto found = links_.find(from.id());
    if (found == links_.end() || !found->second.held.session)
        return temporary("nothing is held here");
    return std::move(found->second.held);
}

void HeldLinks::end(std::unique_ptr<ClientSession> session)
{
    if (session)
        say_goodbye(std::move(session), std::chrono::seconds{workshop_.parameters.quit_timeout});
}

// Another recipient of the same message: RCPT follows the others.
Result<CalloutReply> HeldLinks::answer(const Callout& question, ipc::Channel& from)
{
    auto held = TRY(take(from));
    auto reply = CalloutRun{workshop_, question}.go_on(held);
    const auto found = links_.find(from.id());
    if (found == links_.end()) // nobody waits any more
        end(std::move(held.session));
    else
        found->second.held = std::move(held);
    return reply;
}

Result<delivery::DeliverReply> HeldLinks::answer(const CutThrough& question, ipc::Channel& from)
{
    auto held = TRY(take(from));
    auto reply = HeldDelivery{workshop_, question, held}.run();
    end(std::move(held.session));
    return reply;
}

void HeldLinks::peer_gone(ipc::Channel& from)
{
    const auto found = links_.find(from.id());
    if (found == links_.end())
        return;
    auto held = std::move(found->second.held);
    links_.erase(found);
    if (held.session && held.is_for_more && held.session->may_be_kept())
        held.session = workshop_.warm.keep(held.key, std::move(held.session));
    end(std::move(held.session));
}

void HeldLinks::close_all()
{
    auto links = std::move(links_);
    links_.clear();
    for (auto& [id, link] : links) {
        link.channel->close("");
        end(std::move(link.held.session));
    }
}

}
