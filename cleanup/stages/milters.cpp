// Milters at the end of a message: the last who see it, so that what they sign is what is sent. Those of an SMTP
// session have heard of its commands already; for a local program's message a session is made up, as Postfix does for
// non_smtpd_milters.

#include "cleanup/milters.h"
#include "cleanup/stages/stages.h"

namespace gp::cleanup {
namespace {

using mail::MilterEvent;

// A refusal of one recipient is one of the message: there is nobody who could be told of it alone.
MilterAnswer tell_all(const Work& work, MilterSession& session)
{
    MilterQuestion question;
    question.origin = work.envelope.origin;
    const auto tell = [&](MilterEvent event, const std::string& argument) {
        question.event = event;
        question.argument = argument;
        return session.tell(question);
    };
    auto answer = tell(MilterEvent::connect, {});
    if (!answer.verdict.is_refusal())
        answer = tell(MilterEvent::helo, work.parameters.primary_hostname);
    if (!answer.verdict.is_refusal())
        answer = tell(MilterEvent::mail, work.envelope.sender);
    for (const auto& recipient : work.envelope.recipients)
        if (!answer.verdict.is_refusal())
            answer = tell(MilterEvent::rcpt, recipient.address);
    return answer.verdict.is_refusal() ? answer : tell(MilterEvent::data, {});
}

}

Ended ask_milters(Work& work)
{
    if (!work.milters)
        return {};
    const auto session = work.milters;
    if (!work.milters_are_made_up)
        return session->give(work);
    const auto answer = tell_all(work, *session);
    Ended ended = answer.verdict.is_refusal() ? Ended{refusal_of(answer.verdict, answer.milter)} : session->give(work);
    session->end(false);
    return ended;
}

}
