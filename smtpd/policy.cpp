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

namespace {

constexpr std::size_t longest_line = 75, shortest_line = 36; // of a reply that is broken into lines

// Where a line that is too long is broken: behind the last colon, else at the last blank that leaves a line of some
// length, else at the next blank of all. Exim's habit.
std::size_t break_of(std::string_view line)
{
    std::size_t blank = std::string_view::npos;
    for (std::size_t at = longest_line; at >= shortest_line; --at) {
        if (line[at] != ' ')
            continue;
        if (line[at - 1] == ':')
            return at;
        if (blank == std::string_view::npos)
            blank = at;
    }
    return blank != std::string_view::npos ? blank : line.find(' ', longest_line);
}

std::string in_lines(std::string_view text)
{
    std::string out;
    for (std::string_view line : split(text, '\n')) {
        line = out.empty() ? line : trim_left(line);
        if (line.empty())
            continue;
        out += out.empty() ? "" : "\n";
        while (line.size() > longest_line) {
            const auto at = break_of(line);
            if (at == std::string_view::npos)
                break;
            out += std::string(line.substr(0, at)) + "\n";
            line = trim_left(line.substr(at));
        }
        out += line;
    }
    return out;
}

}

std::string Policy::words_of(std::string_view first_text, std::string_view text)
{
    return std::string(first_text) + (first_text.empty() ? "" : "\n") + in_lines(text);
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
    const auto text = answer.text.empty() ? std::move(decision.reply.text) : answer.text;
    decision.reply.text = words_of(answer.first_text, text);
    decision.reply_line = text.substr(0, text.find('\n'));
    const auto enhanced = mail::EnhancedCode::parse(answer.enhanced);
    if (enhanced && enhanced->status == decision.reply.code / 100)
        decision.reply.enhanced = answer.enhanced;
    decision.log_text = answer.log_text.empty() ? answer.text : answer.log_text;
    decision.first_log_text = answer.first_log_text;
    decision.address = answer.address;
    decision.log_targets = answer.log_targets;
    decision.delay_ms = answer.delay_ms;
    decision.auth_mechanisms = answer.auth_mechanisms;
    decision.authenticator = answer.authenticator;
    decision.authenticated_id = answer.authenticated_id;
    decision.host_name = answer.host_name;
    decision.host_lookup_failed = answer.host_lookup_failed;
    decision.cut = answer.cut;
    decision.drops_cut = answer.drops_cut;
    return decision;
}

Decision Policy::judge(router::Ask& question, Verdict otherwise, bool in_any_case) const
{
    if (!in_any_case && !reception_.has_phase(question.phase))
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
