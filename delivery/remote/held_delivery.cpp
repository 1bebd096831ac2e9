#include "delivery/remote/held_delivery.h"

#include "delivery/remote/outcomes.h"
#include "delivery/remote/router_questions.h"

#include <algorithm>

namespace gp::remote {
namespace {

constexpr std::uint32_t usual_deadline = 1200; // seconds

}

HeldDelivery::HeldDelivery(Workshop& workshop, const CutThrough& question, HeldSession& held)
    : workshop_(workshop), question_(question), request_(question.delivery), held_(held),
      until_(event::Deadline::in(std::chrono::seconds{request_.deadline ? request_.deadline : usual_deadline}))
{
}

// The message's way is known now: it must be the one that the callout took.
Status HeldDelivery::check(const SmtpOptions& options) const
{
    const auto& instruction = request_.instruction;
    const auto& hosts = instruction.hosts;
    const bool is_there = std::ranges::find(hosts, held_.host.host_name, &router::Host::name) != hosts.end();
    if (!is_there || request_.sender != held_.sender ||
        warm_key(held_.host, instruction, options, request_.sender, workshop_.parameters.logins_vary) != held_.key)
        return permanent("the message goes another way than its callout");
    const bool is_same = std::ranges::equal(request_.targets, held_.recipients, {}, &delivery::Target::address);
    if (!is_same)
        return permanent("the recipients are not those of the callout");
    const bool needs_more = (request_.smtputf8 && !held_.smtputf8) ||
                            (request_.body == mail::BodyType::eight_bit_mime && !held_.eight_bit);
    if (needs_more)
        return permanent("the message needs what the callout did not ask for");
    // The manual's exclusions, and what local transports have more often.
    if (!options.transport_filter.empty() || !options.dkim_signatures.empty() || options.return_path_add ||
        options.envelope_to_add || options.delivery_date_add || options.body_only || options.headers_only || !request_.events.empty())
        return permanent("what the transport makes of a message is made of one in the spool");
    return {};
}

Result<MessageContent> HeldDelivery::content(const SmtpOptions& options) const
{
    spoold::Fetched message{.headers = question_.headers, .body = question_.body, .large = question_.large, .body_size = question_.body_size};
    auto made = TRY(MessageContent::make(std::move(message), request_.instruction, options.message_linelength_limit));
    if (made.has_long_line())
        return permanent("message has lines too long for transport");
    return made;
}

Result<delivery::DeliverReply> HeldDelivery::run()
{
    auto options = TRY(SmtpOptions::read(request_.instruction.options));
    const auto* protocol = workshop_.protocols.find(options.protocol);
    if (!protocol)
        return permanent("no such protocol");
    TRY(check(options));
    const auto message = TRY(content(options));
    delivery::DeliverReply reply;
    reply.started = microseconds(workshop_.clock);
    const auto result = send(options, *protocol, message);
    if (!result.message_sent)
        return temporary("the host did not want the message: " + result.fortunes.front().trouble.text);
    for (std::size_t target = 0; target < request_.targets.size(); ++target)
        reply.outcomes.push_back(outcome(target, result.fortunes[target], result));
    reply.ended = microseconds(workshop_.clock);
    return reply;
}

TransactionResult HeldDelivery::send(const SmtpOptions& options, const Protocol& protocol, const MessageContent& content)
{
    RouterQuestions questions{workshop_.router, workshop_.parameters, until_, request_.instruction, request_.id, request_.sender};
    const auto lists = questions.host_lists();
    const Conditions conditions{.parameters = workshop_.parameters,
                                .options = options,
                                .protocol = protocol,
                                .lists = lists,
                                .contexts = workshop_.contexts,
                                .message_id = request_.id,
                                .until = until_,
                                .login = {},
                                .option = {},
                                .tlsa = {},
                                .recall_hello = {},
                                .keep_hello = {},
                                .event = {},
                                .closed = {}};
    const Letter letter{.content = content,
                        .sender = request_.sender,
                        .size = request_.size,
                        .body = request_.body,
                        .smtputf8 = request_.smtputf8,
                        .dsn_envid = {},
                        .authenticated_sender = request_.authenticated_sender,
                        .filter = {}};
    std::vector<Addressee> addressees;
    for (std::size_t target = 0; target < request_.targets.size(); ++target)
        addressees.push_back({.address = request_.targets[target].address, .orcpt = {}, .target = target});
    return Transaction{*held_.session, conditions, letter, [](auto) { return Status{}; }}.go_on(addressees);
}

delivery::Outcome HeldDelivery::outcome(std::size_t target, const Fortune& fortune, const TransactionResult& result) const
{
    delivery::Outcome out;
    out.target = static_cast<std::uint32_t>(target);
    describe(out, held_.host);
    describe(out, *held_.session);
    out.pipelining = result.pipelining;
    if (fortune.what == Fortune::What::delivered) {
        out.fate = delivery::Fate::delivered;
        out.text = fortune.confirmation;
        out.smtp_code = fortune.smtp_code;
        return out;
    }
    out.fate = fortune.what == Fortune::What::failed ? delivery::Fate::failed : delivery::Fate::deferred;
    describe(out, fortune.trouble);
    out.text = response_in(fortune.trouble);
    return out;
}

}
