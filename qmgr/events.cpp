#include "qmgr/events.h"

#include "common/log/journal.h"
#include "common/log/log.h"
#include "common/mail/address.h"

namespace gp::qmgr {
namespace {

// What it says is of no interest after the fact; router logs a text that cannot be expanded.
void ask(Core& core, const router::ExpandOption& event, std::shared_ptr<ipc::Channel>& router)
{
    const auto until = core.answer_deadline();
    const auto asked = [&]() -> gp::Status {
        if (!router || !router->is_open())
            router = TRY(core.links.router.pick(until));
        TRY(router->call(event, until));
        return {};
    }();
    if (!asked)
        log::warning(event.message_id + " event_action: " + asked.error().text);
}

void is_of(router::ExpandOption& question, const std::string& transport)
{
    question.section = transport.empty() ? "main" : "transports";
    question.instance = transport;
}

// Only the fiber that tells uses the question.
const router::ExpandOption& with(router::ExpandOption& question, Telling event)
{
    is_of(question, event.transport);
    question.facts = std::move(event.facts);
    return question;
}

void tell(Core& core, const std::shared_ptr<Narrative>& narrative)
{
    while (!narrative->still.empty()) {
        auto next = std::move(narrative->still.front());
        narrative->still.pop_front();
        if (!next.facts.empty())
            ask(core, with(*narrative->question, std::move(next)), narrative->router);
        else if (next.is_record)
            log::journal(next.line);
        else
            core.spectators.say(narrative->about, next.line);
    }
    narrative->is_told = false;
    narrative->done.notify();
}

}

router::ExpandOption event_question(const mail::Envelope& envelope, std::uint64_t size, const std::string& headers,
                                    const std::string& transport)
{
    router::ExpandOption question;
    is_of(question, transport);
    question.option = "event_action";
    question.message_id = envelope.id;
    question.origin = envelope.origin;
    question.sender = envelope.sender;
    for (const auto& recipient : envelope.recipients)
        question.recipients.push_back(recipient.address);
    question.variables = envelope.variables;
    question.headers = headers;
    question.size = size;
    return question;
}

void raise(Core& core, Message& message, const std::string& transport, EventFacts facts)
{
    if (!message.narrative) {
        message.narrative = std::make_shared<Narrative>();
        message.narrative->about.id = message.envelope.id;
        message.narrative->about.origin = message.envelope.origin;
    }
    auto& narrative = *message.narrative;
    if (!narrative.question) {
        narrative.question = std::make_unique<router::ExpandOption>(
            event_question(message.envelope, message.shown_size(), message.headers, {}));
        narrative.question->message_id = message.id.text();
    }
    narrative.still.push_back({{}, transport, std::move(facts)});
    if (narrative.is_told)
        return;
    narrative.is_told = true;
    const auto work = [&core, shared = message.narrative] { tell(core, shared); };
    if (auto spawned = event::Loop::current().spawn("events", work); !spawned) {
        log::warning(message.id.text() + ": an event is not told: " + spawned.error().text);
        narrative.still.pop_back();
        narrative.is_told = false;
    }
}

void await_events(Message& message)
{
    // The narrative outlives us: its fiber holds it.
    while (message.narrative && message.narrative->is_told)
        message.narrative->done.wait(event::Deadline::never()); // each question has a bound of its own
}

EventFacts event_facts(std::string_view event, std::string_view data, const Piece& piece, const delivery::Outcome& what)
{
    // What was not routed, or is no mailbox, has but its address.
    const bool is_routed = piece.kind.empty() && !piece.local_part.empty();
    const auto domain = is_routed ? piece.domain : std::string(mail::domain_of(piece.address));
    const auto local_part = is_routed               ? piece.local_part
                            : piece.kind == "reply" ? piece.address
                                                    : std::string(mail::local_part_of(piece.address));
    EventFacts facts = {{"event_name", std::string(event)},   {"event_data", std::string(data)},
                        {"local_part", local_part},            {"domain", domain},
                        {"router_name", piece.router},         {"host", what.host_name},
                        {"host_address", what.host_address},   {"host_port", std::to_string(what.host_port)}};
    if (!what.interface_address.empty()) {
        facts.push_back({"sending_ip_address", what.interface_address});
        facts.push_back({"sending_port", std::to_string(what.interface_port)});
    }
    if (!what.tls_cipher.empty()) {
        facts.push_back({"tls_out_cipher", what.tls_cipher});
        facts.push_back({"tls_out_certificate_verified", what.tls_certificate_verified ? "1" : "0"});
        facts.push_back({"tls_out_peerdn", what.tls_peer_dn});
    }
    return facts;
}

void add_connection(EventFacts& facts, const delivery::DeliverReply& reply, const delivery::Outcome& what)
{
    const delivery::ConnectionFacts* last = nullptr;
    for (const auto& one : reply.connections)
        if (one.transaction <= what.transaction)
            last = &one;
    if (last && !what.tls_cipher.empty())
        facts.insert(facts.begin(), last->facts.begin(), last->facts.end());
}

void tell_of_removal(Core& core, const mail::Envelope& envelope, std::string_view who)
{
    auto question = event_question(envelope, 0, {}, {});
    std::shared_ptr<ipc::Channel> router;
    for (const auto& recipient : envelope.recipients) {
        if (recipient.done)
            continue;
        question.facts = {{"event_name", "msg:fail:internal"},
                          {"event_data", "message removed by " + std::string(who)},
                          {"local_part", std::string(mail::local_part_of(recipient.address))},
                          {"domain", std::string(mail::domain_of(recipient.address))}};
        ask(core, question, router);
    }
    question.facts = {{"event_name", "msg:complete"}};
    ask(core, question, router);
}

}
