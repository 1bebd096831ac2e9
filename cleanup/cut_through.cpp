#include "cleanup/cut_through.h"

#include <algorithm>

#include "cleanup/letter.h"
#include "cleanup/onward.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/tls_wish.h"
#include "common/mainlog/delivery_line.h"
#include "common/process/peer.h"
#include "common/smtp/reply_words.h"
#include "delivery/remote/cut_protocol.h"
#include "router/protocol.h"

namespace gp::cleanup {
namespace {

constexpr std::string_view not_accepted = "Onward transmission not accepted";

// What is to wait, to be held or to be told of goes through the spool, with all that the spool's deliveries can do.
bool may_be_cut(const Work& work)
{
    const auto& envelope = work.envelope;
    const bool waits = work.controls.queue_only || work.controls.freeze || envelope.frozen || !work.state.queue.empty() || envelope.dont_deliver;
    const bool wants_reports = envelope.dsn_return != mail::DsnReturn::unset || !envelope.dsn_envid.empty() ||
                               std::ranges::any_of(envelope.recipients, [](const mail::Recipient& one) { return one.notify || !one.orcpt.empty(); });
    const bool wants_other_tls = mail::tls_wish(envelope) != mail::TlsWish::usual; // than the connection has that is held
    return work.cut && !waits && !wants_other_tls && !work.fake && !work.prdr && !wants_reports && !envelope.recipients.empty();
}

// One delivery for each recipient, all alike; nothing: some of them go another way.
std::vector<router::Delivery> deliveries_of(const Work& work, const std::string& headers)
{
    const auto until = event::Deadline::in(Duration{std::int64_t{work.parameters.router_timeout} * 1000}).sooner(work.until);
    const auto answer = work.services.router.call(route_question(work, headers), until);
    if (!answer || !answer->notices.empty())
        return {};
    std::vector<router::Delivery> out(work.envelope.recipients.size());
    std::size_t found = 0;
    for (const auto& routed : answer->recipients) {
        if (routed.index >= out.size() || routed.deliveries.size() != 1 || !routed.unrouted.empty())
            return {};
        const auto& delivery = routed.deliveries.front();
        const bool is_plain = delivery.driver == "smtp" && delivery.kind.empty() && delivery.formats.empty() && delivery.shadow.empty() &&
                              !delivery.raises_events && delivery.prefix.empty() && delivery.suffix.empty();
        if (!is_plain)
            return {};
        out[routed.index] = delivery;
        ++found;
    }
    const bool is_whole = found == out.size() && std::ranges::all_of(out, [&](const router::Delivery& one) { return go_together(one, out.front()); });
    return is_whole ? out : std::vector<router::Delivery>{};
}

Result<remote::CutThrough> request_for(const Work& work, Letter& letter, const std::vector<router::Delivery>& deliveries, std::string headers)
{
    const auto& envelope = work.envelope;
    remote::CutThrough request;
    auto& delivery = request.delivery;
    delivery.id = envelope.id;
    delivery.instruction = deliveries.front();
    delivery.sender = return_path_of(work, deliveries.front());
    delivery.size = headers.size() + work.body_size;
    delivery.received = envelope.received;
    delivery.body = envelope.body;
    delivery.smtputf8 = envelope.smtputf8;
    delivery.authenticated_sender = envelope.origin.authenticated_sender;
    delivery.body_lines = envelope.body_lines;
    delivery.deadline = static_cast<std::uint32_t>(std::max<std::int64_t>(work.until.left().count() * 9 / 10'000, 1)); // it gives up before we do
    for (std::uint32_t index = 0; index < deliveries.size(); ++index)
        delivery.targets.push_back({.recipient = index,
                                    .unique = deliveries[index].unique,
                                    .address = deliveries[index].address,
                                    .original = envelope.recipients[index].address,
                                    .orcpt = {},
                                    .kind = {}});
    request.headers = std::move(headers);
    if (letter.is_large()) {
        request.large = TRY(letter.file());
        request.body_size = letter.body_size();
    } else {
        request.body = letter.body();
    }
    return request;
}

// The lines of a message that was cut through, in Exim's order: the last recipient first.
class Account {
public:
    Account(const Work& work, const std::vector<router::Delivery>& deliveries, const delivery::DeliverReply& reply)
        : work_(work), deliveries_(deliveries), reply_(reply), selector_(mainlog::LogSelector::parse(work.parameters.log_selector, work.parameters.log_ports))
    {
    }

    void tell_delivered(const std::string& arrival) const
    {
        const auto& id = work_.envelope.id;
        for (std::size_t index = deliveries_.size(); index-- > 0;)
            log::main(mainlog::delivered_line(selector_, id, ">>", address(index), reply_.outcomes[index], host(index), work_.arrival.size, times()));
        log::main(arrival);
        log::main(mainlog::completed_line(selector_, id, on_queue()));
    }

    // "u@domain (parent) <original>"
    std::vector<std::string> addresses() const
    {
        std::vector<std::string> out;
        for (std::size_t index = deliveries_.size(); index-- > 0;)
            mainlog::put_address(out.emplace_back(), selector_, address(index), false);
        return out;
    }

    // "R=a T=smtp H=host [address] C="550 no""
    std::string why() const
    {
        std::string line;
        mainlog::put_drivers(line, address(0));
        mainlog::put_host(line, selector_, host(0));
        mainlog::put_tls(line, selector_, reply_.outcomes[0]);
        mainlog::put_confirmation(line, reply_.outcomes[0].text);
        return line.substr(1);
    }

    void tell_kept() const
    {
        for (const auto& about : addresses())
            log::main(work_.envelope.id + " " + host_and_ident(work_.envelope.origin, work_.parameters) + " " + about + " F=<" +
                      escape(work_.envelope.sender) + "> tmp-reject from cutthrough after DATA: " + why());
    }

private:
    std::int64_t on_queue() const { return static_cast<std::int64_t>(reply_.ended) - work_.envelope.received; }
    mainlog::LineTimes times() const
    {
        return {.on_queue = on_queue(), .delivery = static_cast<std::int64_t>(reply_.ended - reply_.started)};
    }
    mainlog::LineAddress address(std::size_t index) const { return line_address(work_, work_.envelope.recipients[index], deliveries_[index]); }
    mainlog::LineHost host(std::size_t index) const { return line_host(reply_.outcomes[index]); }

    const Work& work_;
    const std::vector<router::Delivery>& deliveries_;
    const delivery::DeliverReply& reply_;
    mainlog::LogSelector selector_;
};

SubmitReply refused_by_host(const Work& work, const delivery::Outcome& outcome, const Account& account)
{
    const bool is_silent = outcome.text.empty(); // it closed the connection
    auto reply = refusal(is_silent ? 450 : outcome.smtp_code, outcome.enhanced, is_silent ? std::string(not_accepted) : smtp::without_codes(outcome.text),
                         account.why());
    reply.is_verbatim = true;
    reply.about = account.addresses();
    reply.judged_at = outcome.fate == delivery::Fate::failed ? "rejected after DATA" : "tmp-reject from cutthrough after DATA";
    reply.headers = work.headers.text();
    if (is_silent)
        reply.log_targets = 0; // as Exim, which logs nothing then
    reply.state = work.state;
    return reply;
}

// Half of a message's time is the least that a host gets: one that is cut off at its end may have taken it.
bool is_time_left(const Work& work)
{
    return work.until.left() >= Duration{std::int64_t{work.parameters.cleanup_timeout} * 450};
}

bool passes_deferrals(const Work& work)
{
    return std::ranges::find(work.state.controls, "cutthrough_delivery/defer=pass") != work.state.controls.end();
}

}

Ended cut_through(Work& work, Letter& letter)
{
    if (!may_be_cut(work))
        return {};
    auto headers = work.headers.text();
    const auto deliveries = deliveries_of(work, headers);
    if (deliveries.empty() || !is_time_left(work))
        return {};
    const auto request = request_for(work, letter, deliveries, std::move(headers));
    if (!request)
        return {};
    // It came by way of smtpd, which speaks with strangers: nobody but remote is to hear how the message is delivered.
    if (const auto genuine = process::expect_peer(work.cut.get(), work.parameters.remote_uid); !genuine) {
        log::warning(work.envelope.id + " is not cut through: the connection that smtpd gave " + genuine.error().text);
        return {};
    }
    const auto channel = ipc::Channel::open(work.cut.take(), "held", nullptr);
    const auto reply = channel->call(*request, work.until);
    if (!reply) {
        if (reply.error().cause == Cause::closed || reply.error().cause == Cause::timeout)
            name_uncertain(work, "the delivery process was lost");
        return {};
    }
    if (!answers_all(*reply, deliveries.size())) {
        name_uncertain(work, "the delivery process said nothing of it");
        return {};
    }
    const Account account{work, deliveries, *reply};
    const auto& outcome = reply->outcomes.front();
    using delivery::Fate;
    if (outcome.fate == Fate::delivered) {
        auto line = arrival_line(work.envelope, work.arrival, work.parameters);
        account.tell_delivered(line);
        SubmitReply taken{.taken = Taken::committed, .code = work.accepted_code, .text = work.accepted_text};
        if (work.envelope.origin.local)
            taken.log_text = std::move(line);
        taken.state = work.state;
        return taken;
    }
    const bool is_uncertain = outcome.fate == Fate::deferred && outcome.smtp_code == 0;
    if (is_uncertain) // whoever tries again, the client or we
        name_uncertain(work, "the host said nothing at its end");
    if (outcome.fate == Fate::failed || passes_deferrals(work))
        return refused_by_host(work, outcome, account);
    if (!is_uncertain)
        account.tell_kept(); // and it is tried again, from the spool
    return {};
}

}
