#include "smtpd/milters.h"

#include "common/base/text.h"
#include "common/mail/milter_reply.h"

namespace gp::smtpd {
namespace {

using mail::MilterEvent;

Decision decision_of(const cleanup::MilterAnswer& answer, MilterEvent event)
{
    Decision decision;
    if (!answer.verdict.is_refusal())
        return decision;
    const auto words = mail::reply_of(answer.verdict, event == MilterEvent::connect);
    using router::Verdict;
    decision.verdict = words.closes ? Verdict::drop : words.is_temporary ? Verdict::defer : Verdict::deny;
    decision.reply = {words.code, words.enhanced, words.text};
    decision.log_text = "milter " + escape(answer.milter) + ": " + replace_all(words.text, "\n", " ");
    return decision;
}

// RFC 5321 section 3.1: a client that cannot be greeted hears 421.
Decision trouble(const Error& error, MilterEvent event)
{
    Decision decision;
    decision.verdict = router::Verdict::defer;
    decision.reply = {event == MilterEvent::connect ? 421u : 451u, "4.3.0", "Temporary local problem - please try later"};
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
    if (answer)
        return decision_of(*answer, event);
    if (event == MilterEvent::connect)
        channel_.reset(); // there is no session: the next message begins one
    return trouble(answer.error(), event);
}

Decision Milters::connect()
{
    if (!are_there())
        return {};
    auto channel = reception_.cleanup.pick(event::Deadline::in(std::chrono::seconds(reception_.parameters.cleanup_timeout)));
    if (!channel)
        return trouble(channel.error(), MilterEvent::connect);
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
