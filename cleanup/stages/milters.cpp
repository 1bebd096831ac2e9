// Milters at the end of a message: the last who see it, so that what they sign is what is sent. Those of an SMTP
// session have heard of its commands already; for a local program's message a session is made up, as Postfix does for
// non_smtpd_milters.

#include "cleanup/milters.h"
#include "cleanup/stages/stages.h"

namespace gp::cleanup {
namespace {

using mail::MilterEvent;

// A refusal of one recipient is one of the message: there is nobody who could be told of it alone.
Ended tell_all(const Work& work, MilterSession& session)
{
    std::vector<std::pair<MilterEvent, std::string>> steps = {
        {MilterEvent::connect, {}}, {MilterEvent::helo, work.parameters.primary_hostname}, {MilterEvent::mail, work.envelope.sender}};
    for (const auto& recipient : work.envelope.recipients)
        steps.emplace_back(MilterEvent::rcpt, recipient.address);
    steps.emplace_back(MilterEvent::data, std::string{});
    MilterQuestion question;
    question.origin = work.envelope.origin;
    for (auto& [event, argument] : steps) {
        if (work.until.expired())
            return trouble(work, "milters", temporary("no time is left for them (cleanup_timeout)"));
        question.event = event;
        question.argument = std::move(argument);
        const auto answer = session.tell(question);
        if (!answer)
            return trouble(work, "milters", answer.error());
        if (answer->verdict.is_refusal())
            return refusal_of(answer->verdict, answer->milter);
    }
    return {};
}

}

Ended ask_milters(Work& work)
{
    if (!work.milters)
        return {};
    const auto session = work.milters;
    if (!work.milters_are_made_up)
        return session->give(work);
    auto ended = tell_all(work, *session);
    if (!ended)
        ended = session->give(work);
    session->end(false);
    return ended;
}

}
