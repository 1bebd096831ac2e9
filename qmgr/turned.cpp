#include "qmgr/turned.h"

#include <algorithm>

#include "common/base/text.h"
#include "delivery/remote/turned_protocol.h"
#include "qmgr/error_names.h"

namespace gp::qmgr {
namespace {

// Nothing was tried: the message stays as it is.
delivery::DeliverReply put_off(const delivery::Deliver& request, const std::string& why)
{
    delivery::DeliverReply reply;
    for (std::uint32_t target = 0; target < request.targets.size(); ++target) {
        auto& outcome = reply.outcomes.emplace_back();
        outcome.target = target;
        outcome.fate = delivery::Fate::deferred;
        outcome.text = "the connection that ATRN turned around has ended: " + why;
        outcome.error_number = error_unknown;
        outcome.is_setup = true;
    }
    return reply;
}

}

Turned::Turned(std::vector<std::string> domains, mail::Origin client, event::Deadline until, std::shared_ptr<ipc::Channel> remote)
    : domains_(std::move(domains)), client_(std::move(client)), until_(until), remote_(std::move(remote))
{
}

Turned::~Turned()
{
    close();
}

void Turned::close()
{
    if (remote_)
        remote_->close("");
    remote_.reset();
}

bool Turned::wants(std::string_view domain) const
{
    return std::ranges::any_of(domains_, [&](const std::string& one) { return same_nocase(one, domain); });
}

bool Turned::wants(const mail::Envelope& envelope) const
{
    return std::ranges::any_of(envelope.recipients, [&](const mail::Recipient& recipient) {
        const auto at = recipient.address.rfind('@');
        return !recipient.done && at != std::string::npos && wants(std::string_view(recipient.address).substr(at + 1));
    });
}

bool Turned::shares_domain_with(const std::vector<std::string>& others) const
{
    return std::ranges::any_of(others, [&](const std::string& one) { return wants(one); });
}

std::string Turned::domains() const
{
    return join(domains_, ",");
}

std::vector<mail::Variable> Turned::variables() const
{
    return {{.name = "atrn_host", .value = "[" + client_.host_address + "]:" + std::to_string(client_.host_port)}, {.name = "atrn_mode", .value = "P"}};
}

void Turned::redirect(router::Delivery& delivery) const
{
    router::Host host{.name = client_.host_name.empty() ? client_.host_address : client_.host_name, .addresses = {client_.host_address}};
    host.port = client_.host_port;
    delivery.hosts = {std::move(host)};
    delivery.fallback_hosts.clear();
}

Result<delivery::DeliverReply> Turned::deliver(const delivery::Deliver& request, event::Deadline until)
{
    const auto asked = std::chrono::steady_clock::now();
    const bool has_turn = turn_.enter(until.sooner(until_)); // what waits here is not begun when the time is over
    if (!has_turn && !is_over())
        return put_off(request, "another message did not leave the link in time");
    if (!has_turn)
        return put_off(request, "its time is over (atrn_time)");
    auto reply = over_the_link(request, until, std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - asked));
    turn_.leave();
    return reply;
}

// `waited`: of the time that the delivery has.
Result<delivery::DeliverReply> Turned::over_the_link(const delivery::Deliver& request, event::Deadline until, std::chrono::seconds waited)
{
    if (!remote_ || is_over())
        return put_off(request, over_.empty() ? "its time is over (atrn_time)" : over_);
    const auto remote = remote_;
    remote::DeliverTurned order{.delivery = request};
    order.delivery.deadline -= static_cast<std::uint32_t>(std::min<std::int64_t>(waited.count(), order.delivery.deadline));
    auto reply = remote->call(order, until);
    if (!reply) {
        over_ = reply.error().text;
        return std::move(reply).error();
    }
    if (over_.empty())
        over_ = reply->over;
    for (const auto& outcome : reply->reply.outcomes)
        ++(outcome.fate == delivery::Fate::delivered ? delivered : kept);
    return std::move(reply->reply);
}

}
