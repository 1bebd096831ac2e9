// acl_smtp_data_prdr: the ACL is run for each recipient, and the client hears of each (manual 44.2.9). Those that it
// refuses or puts off are no recipients of this message any more; the one at the end of data still judges it whole.

#include "cleanup/stages/judging.h"
#include "cleanup/stages/stages.h"
#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::cleanup {
namespace {

struct Word {
    std::uint32_t code;
    std::string_view enhanced, text;
};

Word word_of(router::Verdict verdict)
{
    switch (verdict) {
    case router::Verdict::accept:
    case router::Verdict::discard: return {250, "2.1.5", "acceptance"};
    case router::Verdict::defer: return {450, "4.7.1", "temporary refusal"};
    default: return {550, "5.7.1", "refusal"};
    }
}

RecipientReply reply_for(const Work& work, const std::string& address, const router::AskReply& answer)
{
    const auto word = word_of(answer.verdict);
    const auto usual = "PRDR R=<" + address + "> " + std::string(word.text);
    log::main(work.envelope.id + " " + escape(usual) + (answer.log_text.empty() ? "" : ": " + escape(answer.log_text)));
    const bool is_own = answer.code / 100 == word.code / 100;
    return {.code = is_own ? answer.code : word.code,
            .enhanced = is_own && !answer.enhanced.empty() ? answer.enhanced : std::string(word.enhanced),
            .text = answer.text.empty() ? usual : answer.text};
}

// Nobody is left. What was put off comes again, and the message is done with as far as this client is concerned.
SubmitReply nobody_left(const Work& work)
{
    const bool all_refused = std::ranges::all_of(work.each, [](const RecipientReply& one) { return one.code >= 500; });
    SubmitReply reply;
    reply.taken = Taken::discarded;
    reply.code = all_refused ? 550 : 250;
    reply.text = "id=" + work.envelope.id + (all_refused ? " message rejected for all recipients" : " message accepted for some recipients");
    reply.state = work.state;
    return reply;
}

}

Ended judge_recipients(Work& work)
{
    auto& recipients = work.envelope.recipients;
    if (!work.prdr || recipients.size() < 2 || !has_acl(work, router::Phase::data_prdr))
        return {};
    work.arrival.is_prdr = true;
    std::vector<mail::Recipient> accepted;
    for (const auto& recipient : recipients) {
        auto question = question_about(work, router::Phase::data_prdr);
        question.argument = recipient.address;
        auto answer = ask(work, question);
        if (!answer) {
            work.each.clear(); // the client hears of all, or of none
            return trouble(work, "router", answer.error());
        }
        work.state = std::move(answer->state);
        work.each.push_back(reply_for(work, recipient.address, *answer));
        if (answer->verdict == router::Verdict::accept)
            accepted.push_back(recipient);
    }
    if (accepted.empty())
        return nobody_left(work);
    const bool all = accepted.size() == recipients.size();
    work.arrival.judged = std::exchange(recipients, std::move(accepted));
    if (!all)
        work.accepted_by_prdr = "id=" + work.envelope.id + " message accepted for some recipients";
    return {};
}

}
