// The rewriting rules, on envelope and headers (manual 31.2): as soon as the headers are there, before any are added
// and before the ACL at the end of data.

#include "cleanup/expand_main.h"
#include "cleanup/received.h"
#include "cleanup/stages/stages.h"
#include "router/rewriting_protocol.h"

namespace gp::cleanup {

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
    const bool is_other_sender = answer->sender != work.envelope.sender;
    if (is_other_sender && work.envelope.sender_original.empty())
        work.envelope.sender_original = work.envelope.sender;
    work.envelope.sender = std::move(answer->sender);
    if (is_other_sender && !work.received_header.empty()) { // it names the sender
        auto made = make_received(work, work.envelope.received / 1'000'000);
        if (!made)
            return trouble(work, "received_header_text", made.error());
        work.received_header = std::move(made).take();
    }
    for (std::size_t i = 0; i < answer->recipients.size(); ++i) {
        auto& recipient = work.envelope.recipients[i];
        if (answer->recipients[i] == recipient.address)
            continue;
        if (recipient.original.empty())
            recipient.original = recipient.address;
        recipient.address = std::move(answer->recipients[i]);
    }
    for (auto& header : work.headers)
        for (const auto& change : answer->headers)
            if (header.text() == change.before) {
                header = mail::Header(change.after);
                break;
            }
    return {};
}

}
