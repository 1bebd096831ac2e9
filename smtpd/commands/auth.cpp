// AUTH: RFC 4954. The exchange itself is router's; here octets go to and fro, and the outcome is kept.

#include "common/base/text.h"
#include "common/tls/stream.h"
#include "router/switches_protocol.h"
#include "smtpd/intake.h"
#include "smtpd/session.h"

namespace gp::smtpd {
namespace {

constexpr std::size_t longest_answer = 12'288; // RFC 4954 section 4.1
constexpr int most_steps = 20;                 // of one exchange

}

std::optional<smtp::Reply> Session::auth_out_of_turn(std::string_view argument)
{
    if (offered_.auth.empty() && !is_on("allow_auth_unadvertised"))
        return protocol_error("AUTH command used when not advertised");
    if (!origin_.authenticator.empty())
        return protocol_error("already authenticated");
    if (transaction_.has_sender())
        return protocol_error("not permitted in mail transaction");
    const auto decision = judge(router::Phase::auth, std::string(argument));
    const auto mechanism = argument.substr(0, argument.find(' '));
    if (auto refused = refusal(decision, "AUTH " + std::string(mechanism))) {
        if (refused->code == 550 && refused->enhanced == "5.7.1")
            refused->code = 503; // what a client is told whose AUTH is not wanted now
        return refused;
    }
    const bool is_name = std::ranges::all_of(mechanism, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
    if (!is_name) // RFC 4422 section 3.1
        return syntax_error(501, "5.5.4", "invalid character in authentication mechanism name", "invalid character in authentication mechanism name");
    return std::nullopt;
}

smtp::Reply Session::auth(std::string_view argument)
{
    origin_.login_failed = true; // until it has succeeded, and whatever it is that fails
    if (auto wrong = auth_out_of_turn(argument))
        return *wrong;
    const auto blank = argument.find(' ');
    router::Auth question;
    question.origin = origin_;
    question.mechanism = argument.substr(0, blank);
    question.failures = auth_failures_;
    question.state = state_;
    if (tls_ && is_on(router::can_be_bound))
        for (auto& one : tls_->channel_bindings())
            question.bindings.push_back({std::move(one.type), std::move(one.data)});
    if (blank != std::string_view::npos) {
        question.data = trim(argument.substr(blank));
        question.has_data = !question.data.empty();
    }
    // All steps of an exchange are asked of the process that keeps it.
    const auto patience = [&] { return event::Deadline::in(std::chrono::seconds(parameters_.router_timeout)); };
    auto channel = reception_.router.pick(patience());
    for (int step = 0; channel && step < most_steps; ++step) {
        auto answer = (*channel)->call(question, patience());
        if (!answer) {
            channel = answer.error();
            break;
        }
        if (answer->code != 334)
            return auth_ended(question, *answer);
        dialogue_.say({334, answer->text});
        auto line = dialogue_.read_line(longest_answer, input_deadline());
        if (!line || line->eof) {
            end(!line && line.error().cause == Cause::timeout ? Ending::timed_out : Ending::lost);
            return {};
        }
        if (line->too_long)
            return syntax_error(500, "5.5.6", "line too long", "line too long");
        question.exchange = answer->exchange;
        question.bindings.clear(); // the exchange has them
        question.has_data = true;
        question.data = std::move(line->text);
    }
    if (channel)
        return {535, "5.7.8", "Incorrect authentication data"};
    trace_.auth_failed(question.mechanism, "435 Unable to authenticate at present: " + channel.error().text);
    return {435, "4.7.0", "Unable to authenticate at present"};
}

smtp::Reply Session::auth_ended(const router::Auth& question, const router::AuthReply& answer)
{
    if (answer.is_accepted) {
        origin_.login_failed = false;
        origin_.failed_id.clear();
        origin_.authenticator = answer.authenticator;
        origin_.authenticated_id = answer.authenticated_id;
        if (!answer.proof.empty())
            state_.switches.push_back(answer.proof);
        set_protocol();
        patience_.authenticated();
        return {answer.code, answer.enhanced, answer.text};
    }
    if (answer.is_failure) {
        ++auth_failures_;
        origin_.failed_id = answer.failed_id;
        raise("auth:fail", std::to_string(answer.code) + " " + answer.text);
    }
    if (!answer.log_text.empty())
        trace_.auth_failed(answer.authenticator.empty() ? question.mechanism : answer.authenticator, answer.log_text);
    if (answer.delay_ms > 0)
        wait_for(Duration{answer.delay_ms}, "auth_failure_delay");
    if (parameters_.auth_failures_max != 0 && auth_failures_ >= parameters_.auth_failures_max) {
        end(Ending::refused);
        return {421, "4.7.0", our_name() + ": too many failed authentications - closing connection"};
    }
    if (answer.code == 504) // what an exchange comes to is no error of syntax: the bounds of auth_failures_max and smtp_accept_max_nonmail hold
        return protocol_error(answer.text, 504);
    return {answer.code, answer.enhanced, answer.text};
}

// AUTH= of MAIL: kept when it can be believed, and otherwise ignored with a line in the log (RFC 4954 section 5).
std::optional<smtp::Reply> Session::take_auth_parameter(const smtp::MailParameters& parameters, const std::string& sender)
{
    origin_.authenticated_sender.clear();
    if (!parameters.auth || parameters.auth->empty())
        return std::nullopt;
    origin_.authenticated_sender = *parameters.auth; // who judges sees it (server_mail_auth_condition, manual 33.1)
    auto decision = judge(router::Phase::mailauth, *parameters.auth, router::Verdict::deny);
    const bool is_asked = reception_.has_phase(router::Phase::mailauth);
    if (!is_asked)
        decision.log_text = "client not authenticated";
    if (decision.is_accepted() || (!is_asked && !origin_.authenticator.empty())) // the latter: by -oMaa
        return std::nullopt;
    origin_.authenticated_sender.clear();
    if (decision.verdict != router::Verdict::deny)
        return refusal(decision, "MAILAUTH <" + sender + "> AUTH=" + *parameters.auth);
    trace_.ignored_auth_parameter(*parameters.auth, decision.log_text.empty() ? "rejected by ACL" : decision.log_text);
    return std::nullopt;
}

}
