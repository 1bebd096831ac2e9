#include "cleanup/stages/judging.h"

#include <algorithm>

#include "cleanup/arrival_line.h"
#include "cleanup/inspections.h"
#include "cleanup/stages/stages.h"
#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::cleanup {
namespace {

SubmitReply refused_by(const Work& work, const router::AskReply& answer, const Judging& judging)
{
    const bool defer = answer.verdict == router::Verdict::defer;
    auto reply = refusal(answer.code ? answer.code : (defer ? 451 : 550),
                         answer.enhanced.empty() ? (defer ? "4.7.1" : "5.7.1") : answer.enhanced,
                         answer.text.empty() ? "local configuration problem" : answer.text, // Exim's words for local callers
                         answer.log_text);
    if (is_smtp(work) && answer.text.empty())
        reply.text.clear(); // smtpd has the usual words, which the log is not told of
    reply.first_text = answer.first_text;
    reply.first_log_text = answer.first_log_text;
    reply.judged_at = judging.judged_at;
    reply.drop = answer.verdict == router::Verdict::drop;
    reply.log_targets = answer.log_targets;
    reply.state = work.state;
    show_headers(work, reply);
    for (const auto& edit : work.state.header_edits) // what ACLs have added is in the log, too
        if (edit.where != router::HeaderEdit::Where::remove)
            reply.headers += edit.text;
    return reply;
}

}

SubmitReply thrown_away(Work& work, std::string_view acl, std::string_view why)
{
    if (auto ended = edit_headers(work))
        return std::move(*ended);
    if (auto ended = finish_envelope(work))
        return std::move(*ended);
    log::main(arrival_line(work.envelope, work.arrival, work.parameters));
    log::main(work.envelope.id + " => blackhole (" + std::string(acl) + " ACL discarded recipients)" +
              (why.empty() ? "" : ": " + escape(why)));
    log::main(work.envelope.id + " Completed");
    SubmitReply reply;
    reply.taken = Taken::discarded;
    reply.state = work.state;
    return reply;
}

bool is_smtp(const Work& work)
{
    // A batch is no session that could be answered (manual 48.12).
    const auto& origin = work.envelope.origin;
    return !origin.local || (origin.protocol.find("smtp") != std::string::npos && origin.protocol.find("bsmtp") == std::string::npos);
}

bool has_acl(const Work& work, router::Phase phase)
{
    return (work.parameters.phases & (std::uint64_t{1} << static_cast<unsigned>(phase))) != 0;
}

router::Ask question_about(const Work& work, router::Phase phase)
{
    router::Ask ask;
    ask.phase = phase;
    ask.message_id = work.envelope.id;
    ask.origin = work.envelope.origin;
    ask.sender = work.envelope.sender;
    ask.sender_given = true;
    ask.recipients_count = static_cast<std::uint32_t>(work.envelope.recipients.size());
    ask.recipients = recipients_to_ask_about(work);
    ask.headers = headers_seen(work);
    ask.size = ask.headers.size() + work.body_size;
    ask.body_lines = work.body_lines;
    ask.longest_line = work.longest_line;
    ask.body_start = work.body_start;
    ask.body_end = work.body_end;
    ask.state = work.state;
    ask.prdr_requested = work.prdr;
    return ask;
}

Result<router::AskReply> ask(Work& work, const router::Ask& question)
{
    std::optional<Inspections::InHand> in_hand;
    if (work.services.inspections)
        in_hand.emplace(*work.services.inspections, work);
    const auto until = event::Deadline::in(Duration{std::int64_t{work.parameters.router_timeout} * 1000}).sooner(work.until);
    if (!work.judge || !work.judge->is_open())
        work.judge = TRY(work.services.router.pick(until));
    auto answer = work.judge->call(question, until);
    if (!answer && answer.error().cause == Cause::closed)
        answer = work.services.router.call(question, until); // it died: another one is asked
    if (answer && answer->delay_ms > 0 && is_smtp(work)) // delay = …; what comes behind it needs time, too
        event::sleep_for(std::min(Duration{answer->delay_ms}, work.until.left() / 2));
    return answer;
}

Ended judge(Work& work, const router::Ask& question, const Judging& judging)
{
    auto answer = ask(work, question);
    if (!answer)
        return trouble(work, "router", answer.error());
    work.state = std::move(answer->state);
    switch (answer->verdict) {
    case router::Verdict::accept:
        if (judging.has_last_word) { // which the client hears
            work.accepted_code = answer->code;
            work.accepted_text = answer->text;
        }
        return {};
    case router::Verdict::discard:
        return thrown_away(work, judging.acl, answer->log_text);
    default:
        return refused_by(work, *answer, judging);
    }
}

}
