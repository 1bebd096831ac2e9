#include "smtpd/policy.h"

#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::smtpd {
namespace {

using router::Verdict;

smtp::Reply usual_reply(Verdict verdict)
{
    if (verdict == Verdict::defer)
        return {451, "4.3.0", "Temporary local problem - please try later"};
    return {550, "5.7.1", "Administrative prohibition"};
}

Decision refusal_of(Verdict verdict)
{
    Decision decision;
    decision.verdict = verdict;
    if (!decision.is_accepted())
        decision.reply = usual_reply(verdict);
    return decision;
}

Duration timeout(const Parameters& parameters)
{
    return std::chrono::seconds(parameters.router_timeout);
}

// A code that contradicts its verdict would mislead the client: an accepting one becomes 2xx at most.
bool is_fitting(std::uint32_t code, Verdict verdict)
{
    const bool accepted = verdict == Verdict::accept || verdict == Verdict::discard;
    return code >= 200 && code <= 599 && accepted == (code / 100 == 2 || code / 100 == 3);
}

}

Decision Policy::decision_of(const router::AskReply& answer)
{
    auto decision = refusal_of(answer.verdict);
    if (is_fitting(answer.code, answer.verdict)) {
        // A code of another class needs another enhanced code: RFC 3463 section 2.
        if (answer.code / 100 != decision.reply.code / 100)
            decision.reply.enhanced = mail::usual_enhanced(answer.code);
        decision.reply.code = answer.code;
    }
    if (!answer.text.empty())
        decision.reply.text = answer.text;
    const auto enhanced = mail::EnhancedCode::parse(answer.enhanced);
    if (enhanced && enhanced->status == decision.reply.code / 100)
        decision.reply.enhanced = answer.enhanced;
    decision.log_text = answer.log_text.empty() ? answer.text : answer.log_text;
    decision.address = answer.address;
    decision.delay_ms = answer.delay_ms;
    decision.auth_mechanisms = answer.auth_mechanisms;
    decision.authenticator = answer.authenticator;
    decision.authenticated_id = answer.authenticated_id;
    return decision;
}

Decision Policy::judge(router::Ask& question, Verdict otherwise) const
{
    if (!reception_.has_phase(question.phase))
        return refusal_of(otherwise);
    auto answer = reception_.router.call(question, event::Deadline::in(timeout(reception_.parameters)));
    if (!answer) {
        auto decision = refusal_of(Verdict::defer);
        decision.log_text = answer.error().text;
        return decision;
    }
    question.state = std::move(answer->state);
    return decision_of(*answer);
}

Result<router::GreetReply> Policy::greet(const mail::Origin& origin) const
{
    router::Greet question;
    question.origin = origin;
    return reception_.router.call(question, event::Deadline::in(timeout(reception_.parameters)));
}

}
