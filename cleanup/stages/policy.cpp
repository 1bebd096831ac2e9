// The ACL at the end of data: acl_smtp_data, or acl_not_smtp for local programs (manual 44.2).

#include "cleanup/inspections.h"
#include "cleanup/stages/stages.h"
#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::cleanup {
namespace {

router::Phase phase_of(const Work& work)
{
    const bool smtp = !work.envelope.origin.local || work.envelope.origin.protocol.find("smtp") != std::string::npos;
    return smtp ? router::Phase::data : router::Phase::not_smtp;
}

router::Ask question_for(const Work& work, router::Phase phase)
{
    router::Ask ask;
    ask.phase = phase;
    ask.message_id = work.envelope.id;
    ask.origin = work.envelope.origin;
    ask.sender = work.envelope.sender;
    ask.sender_given = true;
    ask.recipients_count = static_cast<std::uint32_t>(work.envelope.recipients.size());
    ask.recipients = recipients_to_ask_about(work);
    ask.headers = work.received_header + work.headers.text();
    ask.size = ask.headers.size() + work.body_size;
    ask.body_lines = work.body_lines;
    ask.body_start = work.body_start;
    ask.body_end = work.body_end;
    ask.state = work.state;
    return ask;
}

SubmitReply refused_by(const Work& work, const router::AskReply& answer)
{
    const bool defer = answer.verdict == router::Verdict::defer;
    auto reply = refusal(answer.code ? answer.code : (defer ? 451 : 550),
                         answer.enhanced.empty() ? (defer ? "4.7.1" : "5.7.1") : answer.enhanced,
                         answer.text.empty() ? (defer ? "Temporary local problem - please try later"
                                                      : "Administrative prohibition")
                                             : answer.text,
                         answer.log_text);
    reply.headers = work.received_header + work.headers.text();
    return reply;
}

}

Ended ask_policy(Work& work)
{
    const auto phase = phase_of(work);
    if (!(work.parameters.phases & (std::uint64_t{1} << static_cast<unsigned>(phase))))
        return {};
    std::optional<Inspections::InHand> in_hand;
    if (work.services.inspections)
        in_hand.emplace(*work.services.inspections, work);
    auto answer = work.services.router.call(question_for(work, phase),
                                            event::Deadline::in(Duration{work.parameters.router_timeout * 1000}));
    if (!answer)
        return trouble(work, "router", answer.error());
    work.state = answer->state;
    switch (answer->verdict) {
    case router::Verdict::accept:
        work.accepted_code = answer->code;
        work.accepted_text = answer->text;
        return {};
    case router::Verdict::discard: {
        log::main(work.envelope.id + " => blackhole (" + (phase == router::Phase::data ? "DATA" : "non-SMTP") +
                  " ACL discarded recipients)" + (answer->log_text.empty() ? "" : ": " + escape(answer->log_text)));
        SubmitReply reply;
        reply.taken = Taken::discarded;
        reply.state = work.state;
        return reply;
    }
    default:
        return refused_by(work, *answer);
    }
}

}
