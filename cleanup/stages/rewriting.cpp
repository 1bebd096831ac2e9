// The rewriting rules, on envelope and headers (manual 31.2): as soon as the headers are there, before any are added
// and before the ACL at the end of data.

#include "cleanup/expand_main.h"
#include "cleanup/received.h"
#include "cleanup/stages/stages.h"
#include "router/rewriting_protocol.h"

namespace gp::cleanup {
namespace {

// Exim notes what was rewritten in the envelope of a local message among its headers, as lines that are not sent.
bool is_noted(const Work& work)
{
    return work.envelope.origin.local && work.envelope.origin.protocol == "local";
}

void note(Work& work, std::string_view what, const std::string& before, std::size_t at)
{
    work.replaced.push_back({"X-rewrote-" + std::string(what) + ": " + before + "\r\n",
                             at < work.headers.size() ? work.headers[at].text() : std::string{}});
}

void take_sender(Work& work, std::string sender)
{
    auto& envelope = work.envelope;
    if (sender == envelope.sender)
        return;
    if (is_noted(work))
        note(work, "sender", envelope.sender, work.headers.size() - (work.dated_last ? 1 : 0));
    if (envelope.sender_original.empty())
        envelope.sender_original = envelope.sender;
    envelope.sender = std::move(sender);
}

void take_recipients(Work& work, std::vector<std::string> addresses)
{
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        auto& recipient = work.envelope.recipients[i];
        if (addresses[i] == recipient.address)
            continue;
        if (is_noted(work))
            note(work, "original-recipient", recipient.address, work.completed_from);
        if (recipient.original.empty())
            recipient.original = recipient.address;
        recipient.address = std::move(addresses[i]);
    }
}

}

Ended rewrite_addresses(Work& work)
{
    if (!work.parameters.rewriting)
        return {};
    router::Rewrite question{.message_id = work.envelope.id,
                             .origin = work.envelope.origin,
                             .variables = work.state.variables,
                             .sender = work.envelope.sender,
                             .headers = work.headers.text()};
    for (const auto& recipient : work.envelope.recipients)
        question.recipients.push_back(recipient.address);
    auto answer = work.services.router.call(question, event::Deadline::in(Duration{work.parameters.router_timeout * 1000}));
    if (!answer)
        return trouble(work, "router", answer.error());
    if (answer->recipients.size() != work.envelope.recipients.size())
        return trouble(work, "router", temporary("rewriting lost a recipient"));
    const bool is_other = answer->sender != work.envelope.sender || answer->recipients != question.recipients;
    take_recipients(work, std::move(answer->recipients));
    take_sender(work, std::move(answer->sender));
    if (is_other && !work.received_header.empty()) { // it names the sender, and a single recipient
        auto made = make_received(work, work.envelope.received / 1'000'000);
        if (!made)
            return trouble(work, "received_header_text", made.error());
        work.received_header = std::move(made).take();
    }
    for (auto& header : work.headers)
        for (const auto& change : answer->headers)
            if (header.text() == change.before) {
                replace_header(work, header, change.after);
                break;
            }
    return {};
}

}
