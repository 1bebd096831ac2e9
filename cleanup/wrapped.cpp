#include "cleanup/wrapped.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "cleanup/letter.h"
#include "cleanup/onward.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/tls_wish.h"
#include "delivery/remote/send_now_protocol.h"

namespace gp::cleanup {
namespace {

using router::Unrouted;

constexpr std::int32_t error_queue_domain = -56; // Unrouted::error_number

// One final address, of which a recipient may have several.
struct Errand {
    std::uint32_t recipient = 0;
    router::Delivery delivery;
};

class Carriage {
public:
    Carriage(Work& work, Letter& letter)
        : work_(work), letter_(letter), selector_(mainlog::LogSelector::parse(work.parameters.log_selector, work.parameters.log_ports)), headers_(work.headers.text())
    {
    }

    SubmitReply run()
    {
        arrival_ = arrival_line(work_.envelope, work_.arrival, work_.parameters);
        log::main(arrival_);
        const auto fault = carry();
        log::main(mainlog::completed_line(selector_, id(), now() - work_.envelope.received));
        return fault ? failed(*fault) : taken();
    }

private:
    using Fault = std::optional<std::string>; // what the program hears; nothing: all is well

    const std::string& id() const { return work_.envelope.id; }
    std::int64_t now() const { return std::chrono::duration_cast<std::chrono::microseconds>(work_.clock.now().time_since_epoch()).count(); }
    void say(std::string_view flag, std::string_view rest) const { log::main(mainlog::begin_line(id(), flag) + std::string(rest)); }

    Fault carry()
    {
        const auto until = event::Deadline::in(Duration{std::int64_t{work_.parameters.router_timeout} * 1000}).sooner(work_.until);
        if (!work_.frozen_by.empty()) { // an ACL's control = freeze is ignored, as Exim does; what a milter found is not
            say("**", "mua_wrapper is set and the message was to be frozen by " + work_.frozen_by);
            return "the message is held back by " + work_.frozen_by;
        }
        auto question = route_question(work_, headers_);
        question.forced = false; // hold_domains and queue_domains count, and are failures
        const auto answer = work_.services.router.call(question, until);
        if (!answer) {
            say("**", "routing failed: " + answer.error().text);
            return "routing failed: " + answer.error().text;
        }
        std::vector<bool> answered(work_.envelope.recipients.size());
        for (const auto& routed : answer->recipients) {
            if (routed.index >= answered.size() || answered[routed.index])
                return unusable_answer();
            answered[routed.index] = true;
            if (auto fault = take(routed))
                return fault;
        }
        if (!std::ranges::all_of(answered, std::identity{})) // to all or none
            return unusable_answer();
        if (errands_.empty()) // all of it was thrown away on purpose
            return {};
        if (!std::ranges::all_of(errands_, [&](const Errand& one) { return goes_with(one.delivery, errands_.front().delivery); })) {
            say("**", "mua_wrapper is set but recipients cannot all be delivered in one transaction");
            return "delivery to smarthost failed (configuration problem)";
        }
        return work_.envelope.dont_deliver ? pretend() : send();
    }

    Fault unusable_answer() const
    {
        say("**", "routing failed: router did not answer for each recipient");
        return "routing failed: router did not answer for each recipient";
    }

    // The options of one are those of all: what a transport makes of $local_part keeps addresses apart.
    static bool goes_with(const router::Delivery& a, const router::Delivery& b)
    {
        const auto is_same = [](const router::Option& one, const router::Option& other) { return one.name == other.name && one.value == other.value; };
        return go_together(a, b) && std::ranges::equal(a.options, b.options, is_same);
    }

    Fault take(const router::RoutedRecipient& routed)
    {
        const auto& recipient = work_.envelope.recipients.at(routed.index);
        for (const auto& unrouted : routed.unrouted)
            if (auto fault = take(recipient, unrouted))
                return fault;
        for (const auto& delivery : routed.deliveries) {
            if (delivery.driver != "smtp" || !delivery.kind.empty()) {
                say("**", delivery.address + " routing yielded a local delivery");
                return "routing " + delivery.address + " yielded a local delivery";
            }
            if (std::ranges::none_of(errands_, [&](const Errand& one) { return one.delivery.unique == delivery.unique; }))
                errands_.push_back({routed.index, delivery});
        }
        return {};
    }

    Fault take(const mail::Recipient& recipient, const Unrouted& unrouted)
    {
        mainlog::LineAddress to{.address = unrouted.address, .original = recipient.address, .sender = work_.envelope.sender, .router = unrouted.router};
        to.ancestors = unrouted.ancestors;
        std::string about;
        if (unrouted.why == Unrouted::Why::discarded) {
            to.address = ":blackhole:";
            mainlog::put_address(about, selector_, to, true);
            mainlog::put_drivers(about, to);
            say("=>", about);
            return {};
        }
        const bool is_failed = unrouted.why == Unrouted::Why::failed;
        auto line = mainlog::begin_line(id(), is_failed ? "**" : "==");
        mainlog::put_address(line, selector_, to, false);
        if (unrouted.error_number == error_queue_domain) // found before any router ran
            line += " routing";
        else
            mainlog::put_drivers(line, to);
        const auto number = unrouted.error_number == router::no_error_number ? 0 : unrouted.error_number ? unrouted.error_number : -1;
        log::main(line + (is_failed ? "" : " defer (" + std::to_string(number) + ")") + ": " + unrouted.text);
        if (!is_failed)
            say("**", unrouted.address + " routing yielded a deferred delivery");
        return "routing " + unrouted.address + " yielded a " + (is_failed ? "failed" : "deferred") + " delivery: " + unrouted.text;
    }

    // -N: the lines of a delivery that was none.
    Fault pretend()
    {
        delivery::Outcome outcome;
        outcome.text = "delivery bypassed by -N option";
        for (const auto& errand : errands_) {
            const auto& hosts = errand.delivery.hosts;
            mainlog::LineHost host;
            if (!hosts.empty())
                host = {.name = hosts.front().name, .address = hosts.front().addresses.empty() ? "" : hosts.front().addresses.front()};
            log::main(mainlog::delivered_line(selector_, id(), "*>", address_of(errand), outcome, host, work_.arrival.size, {}));
        }
        return {};
    }

    mainlog::LineAddress address_of(const Errand& errand) const
    {
        return line_address(work_, work_.envelope.recipients[errand.recipient], errand.delivery);
    }

    Result<remote::SendNow> request()
    {
        const auto& envelope = work_.envelope;
        remote::SendNow request;
        auto& delivery = request.delivery;
        delivery.id = id();
        delivery.instruction = errands_.front().delivery;
        delivery.instruction.fallback_hosts.clear(); // manual chapter 52
        delivery.sender = return_path_of(work_, delivery.instruction);
        delivery.size = headers_.size() + work_.body_size;
        delivery.received = envelope.received;
        delivery.body = envelope.body;
        delivery.smtputf8 = envelope.smtputf8;
        delivery.tls_wish = mail::tls_wish(envelope);
        delivery.dsn_return = envelope.dsn_return;
        delivery.dsn_envid = envelope.dsn_envid;
        delivery.authenticated_sender = envelope.origin.authenticated_sender;
        delivery.body_lines = envelope.body_lines;
        delivery.deadline = static_cast<std::uint32_t>(std::max<std::int64_t>(work_.until.left().count() * 9 / 10'000, 1)); // it gives up before we do
        for (const auto& errand : errands_) {
            const auto& recipient = envelope.recipients[errand.recipient];
            delivery.targets.push_back({.recipient = errand.recipient,
                                        .unique = errand.delivery.unique,
                                        .address = errand.delivery.address,
                                        .original = recipient.address,
                                        .notify = recipient.notify,
                                        .orcpt = recipient.orcpt,
                                        .kind = {}});
        }
        request.headers = headers_;
        if (letter_.is_large()) {
            request.large = TRY(letter_.file());
            request.body_size = letter_.body_size();
        } else {
            request.body = letter_.body();
        }
        return request;
    }

    Fault send()
    {
        const auto question = request();
        if (!question)
            return unsent(question.error().text);
        const auto reply = work_.services.remote->call(*question, work_.until);
        if (!reply && (reply.error().cause == Cause::closed || reply.error().cause == Cause::timeout))
            name_uncertain(work_, "the delivery process was lost");
        if (!reply)
            return unsent(reply.error().text);
        if (!answers_all(*reply, errands_.size()))
            return unsent("the delivery process did not say what became of it");
        for (const auto& failure : reply->host_failures)
            tell(failure);
        return tell(*reply);
    }

    Fault unsent(const std::string& why) const
    {
        for (const auto& errand : errands_)
            tell_failed(errand, why, {});
        return "Delivery failed: " + why;
    }

    // A host that was tried before another one.
    void tell(const delivery::HostFailure& failure) const
    {
        std::string line = id();
        mainlog::put_host(line, selector_, {.name = failure.name, .address = failure.address, .port = failure.port});
        const bool is_bare = failure.error_number > 0 && !failure.text.starts_with("SMTP"); // a system error's own words
        log::main(line + (is_bare ? " " : ": ") + failure.text);
    }

    Fault tell(const delivery::DeliverReply& reply)
    {
        Fault fault;
        bool is_first = true;
        const mainlog::LineTimes times{.on_queue = static_cast<std::int64_t>(reply.ended) - work_.envelope.received,
                                       .delivery = static_cast<std::int64_t>(reply.ended - reply.started)};
        for (std::size_t index = 0; index < errands_.size(); ++index) {
            const auto& outcome = reply.outcomes[index];
            const auto host = line_host(outcome);
            if (outcome.fate == delivery::Fate::delivered) {
                log::main(mainlog::delivered_line(selector_, id(), is_first ? "=>" : "->", address_of(errands_[index]), outcome, host, work_.arrival.size, times));
                is_first = false;
                continue;
            }
            if (outcome.fate == delivery::Fate::deferred && outcome.smtp_code == 0 && !outcome.host_address.empty() && !outcome.host_error)
                name_uncertain(work_, "the host said nothing at its end");
            tell_failed(errands_[index], outcome.text, host);
            if (!fault)
                fault = "Delivery failed: " + with_host(outcome.text, host);
        }
        if (fault && !is_first) // LMTP, whose server judges each
            log::main(id() + " was delivered to some of its recipients, and its sender is told that it failed");
        return fault;
    }

    std::string with_host(const std::string& text, const mainlog::LineHost& host) const
    {
        std::string line;
        mainlog::put_host(line, selector_, host);
        return line.empty() ? text : line.substr(1) + ": " + text;
    }

    void tell_failed(const Errand& errand, const std::string& why, const mainlog::LineHost& host) const
    {
        auto line = mainlog::begin_line(id(), "**");
        const auto to = address_of(errand);
        mainlog::put_address(line, selector_, to, false);
        mainlog::put_paths(line, selector_, to);
        mainlog::put_drivers(line, to);
        mainlog::put_host(line, selector_, host);
        log::main(line + ": " + why);
    }

    SubmitReply failed(const std::string& why) const
    {
        auto reply = refusal(554, "5.0.0", why);
        reply.judged_at = "after DATA";
        reply.log_targets = 0; // the log has it, with its own sign
        reply.is_verbatim = true;
        reply.state = work_.state;
        return reply;
    }

    SubmitReply taken() const
    {
        if (work_.fake)
            return *work_.fake;
        SubmitReply reply{.taken = Taken::committed, .code = work_.accepted_code, .text = work_.accepted_text};
        reply.log_text = arrival_;
        reply.bad_addresses = work_.bad_addresses;
        reply.state = work_.state;
        return reply;
    }

    Work& work_;
    Letter& letter_;
    mainlog::LogSelector selector_;
    std::string headers_, arrival_;
    std::vector<Errand> errands_;
};

}

SubmitReply carry_now(Work& work, Letter& letter)
{
    return Carriage{work, letter}.run();
}

}
