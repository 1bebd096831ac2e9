#include "smtpd/milters.h"

#include "common/base/text.h"

namespace gp::smtpd {
namespace {

using mail::MilterEvent;
using Kind = mail::MilterVerdict::Kind;

// In Postfix's words, unless the milter has its own.
Decision decision_of(const cleanup::MilterAnswer& answer, MilterEvent event)
{
    Decision decision;
    const auto& verdict = answer.verdict;
    if (!verdict.is_refusal())
        return decision;
    // RFC 5321 section 3.1: a client that is greeted with anything but 220 hears 554, or 421.
    const bool is_connect = event == MilterEvent::connect;
    if (verdict.kind == Kind::reject) {
        decision.verdict = router::Verdict::deny;
        decision.reply = {is_connect ? 554u : 550u, "5.7.1", "Command rejected"};
    } else if (verdict.kind == Kind::tempfail) {
        decision.verdict = router::Verdict::defer;
        decision.reply = {is_connect ? 421u : 451u, "4.7.1", "Service unavailable - try again later"};
    } else {
        decision.verdict = router::Verdict::drop;
        decision.reply = {421, "4.7.0", "Server closing connection"};
    }
    if (verdict.code != 0 && verdict.code / 100 == decision.reply.code / 100) {
        decision.reply.code = verdict.code;
        decision.reply.text = verdict.text;
        decision.reply.enhanced = verdict.enhanced.empty() ? decision.reply.enhanced : verdict.enhanced;
    }
    decision.log_text = "milter " + escape(answer.milter) + ": " + replace_all(decision.reply.text, "\n", " ");
    return decision;
}

Decision trouble(const Error& error)
{
    Decision decision;
    decision.verdict = router::Verdict::defer;
    decision.reply = {451, "4.3.0", "Temporary local problem - please try later"};
    decision.log_text = "milters: " + error.text;
    return decision;
}

std::uint64_t next_number()
{
    static std::uint64_t last = 0;
    return ++last;
}

}

Decision Milters::tell(MilterEvent event, std::string argument, const std::vector<smtp::Parameter>& parameters)
{
    if (!are_there() || !channel_)
        return {};
    cleanup::MilterQuestion question;
    question.session = session_;
    question.set = reception_.parameters.milter_set;
    question.event = event;
    question.origin = origin_;
    question.argument = std::move(argument);
    for (const auto& parameter : parameters)
        question.parameters.push_back(std::string(parameter.name) + (parameter.has_value ? "=" + std::string(parameter.value) : ""));
    const auto channel = channel_;
    const auto answer = channel->call(question, event::Deadline::in(std::chrono::seconds(reception_.parameters.cleanup_timeout)));
    return answer ? decision_of(*answer, event) : trouble(answer.error());
}

Decision Milters::connect()
{
    if (!are_there())
        return {};
    auto channel = reception_.cleanup.pick(event::Deadline::in(std::chrono::seconds(reception_.parameters.cleanup_timeout)));
    if (!channel)
        return trouble(channel.error());
    channel_ = std::move(channel).take();
    session_ = next_number();
    return tell(MilterEvent::connect, {});
}

Decision Milters::helo(std::string_view name)
{
    return tell(MilterEvent::helo, std::string(name));
}

// A process of cleanup that was lost has taken the session's milters with it: they begin anew with the next message.
Decision Milters::begin()
{
    if (!are_there() || (channel_ && channel_->is_open()))
        return {};
    auto decision = connect();
    if (decision.is_accepted() && !origin_.helo_name.empty())
        decision = helo(origin_.helo_name);
    return decision;
}

Decision Milters::mail(const std::string& sender, const std::vector<smtp::Parameter>& parameters)
{
    if (auto begun = begin(); !begun.is_accepted())
        return begun;
    in_message_ = are_there();
    return tell(MilterEvent::mail, sender, parameters);
}

Decision Milters::rcpt(const std::string& recipient, const std::vector<smtp::Parameter>& parameters)
{
    return tell(MilterEvent::rcpt, recipient, parameters);
}

Decision Milters::data()
{
    return tell(MilterEvent::data, {});
}

Decision Milters::unknown(std::string_view line)
{
    return tell(MilterEvent::unknown, std::string(trim_right(line)));
}

void Milters::end(bool only_message)
{
    const cleanup::EndMilters question{.session = session_, .only_message = only_message};
    const auto channel = channel_;
    if (channel && channel->is_open())
        (void)channel->call(question, event::Deadline::in(std::chrono::seconds(reception_.parameters.cleanup_timeout)));
}

void Milters::abort()
{
    if (std::exchange(in_message_, false))
        end(true);
}

void Milters::quit()
{
    if (session_ != 0)
        end(false);
    session_ = 0;
    channel_.reset();
}

}
