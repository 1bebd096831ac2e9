#include "qmgr/atrn.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/log/log.h"
#include "delivery/remote/turned_protocol.h"

namespace gp::qmgr {
namespace {

constexpr std::chrono::seconds search_time{20}; // for a first message in a long queue; the client waits for its answer

router::BeginAtrnReply refused(std::uint32_t code, std::string text)
{
    return {.code = code, .text = std::move(text), .octets = {}};
}

}

// Why it may not be begun now; the client tries again.
std::string AtrnRuns::obstacle(const router::BeginAtrn& order) const
{
    if (core_.stopping)
        return "the service is stopping";
    if (places_.size() >= order.most)
        return "too many clients have turned their connections around (atrn_max)";
    for (const auto& place : places_) {
        if (place.login == order.origin.authenticated_id)
            return "this login has another connection that is turned around";
        for (const auto& domain : order.domains)
            if (std::ranges::any_of(place.domains, [&](const std::string& other) { return same_nocase(domain, other); }))
                return "the mail of " + domain + " is being delivered by ATRN already";
    }
    return {};
}

Result<router::BeginAtrnReply> AtrnRuns::begin(const router::BeginAtrn& order)
{
    if (const auto why = obstacle(order); !why.empty()) {
        log::main("ATRN " + escape(join(order.domains, ",")) + " of " + escape(order.origin.authenticated_id) + ": " + why);
        return refused(451, "Unable to process ATRN request now: " + why);
    }
    const auto place = places_.insert(places_.end(), {order.origin.authenticated_id, order.domains});
    auto reply = begin_at(place, order);
    if (!reply || reply->code != 250)
        places_.erase(place);
    return reply;
}

Result<router::BeginAtrnReply> AtrnRuns::begin_at(std::list<Place>::iterator place, const router::BeginAtrn& order)
{
    const Turned wish{order.domains, order.origin, event::Deadline::never(), nullptr};
    if (!runs_.has_mail(wish, event::Deadline::in(search_time)))
        return refused(453, "You have no mail");
    auto link = TRY(core_.links.remote.call(remote::TurnLink{.client = order.origin}, core_.answer_deadline()));
    auto remote = ipc::Channel::open(link.control.take(), "turned", nullptr);
    const auto until = event::Deadline::in(std::chrono::seconds(order.seconds));
    const auto turned = std::make_shared<Turned>(order.domains, order.origin, until, std::move(remote));
    TRY(event::Loop::current().spawn("ATRN", [this, turned, place] {
        run(turned);
        places_.erase(place);
    }));
    return router::BeginAtrnReply{.code = 250, .text = "OK now reversing the connection", .octets = std::move(link.octets)};
}

void AtrnRuns::run(const std::shared_ptr<Turned>& turned)
{
    runs_.run(Run{.wait = true, .said = "ATRN " + escape(turned->domains())}, {}, turned);
    turned->close();
    const auto& client = turned->client();
    const std::string host = client.host_name.empty() ? "" : client.host_name + " ";
    log::main("ATRN " + escape(turned->domains()) + " of " + escape(client.authenticated_id) + " for H=" + host + "[" + client.host_address +
              "]: " + std::to_string(turned->delivered) + " delivered, " + std::to_string(turned->kept) + " not" +
              (turned->why_over().empty() ? "" : ": " + turned->why_over()));
}

}
