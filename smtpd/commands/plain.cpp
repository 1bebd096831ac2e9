// The commands without a story: RSET NOOP QUIT HELP VRFY EXPN ETRN WELLKNOWN. RFC 5321 sections 4.1.1.5 to 4.1.1.10.

#include "common/base/text.h"
#include "router/etrn_protocol.h"
#include "router/switches_protocol.h"
#include "smtpd/intake.h"
#include "smtpd/session.h"

namespace gp::smtpd {

smtp::Reply Session::rset(std::string_view)
{
    abandon_transaction("RSET");
    return {250, "2.0.0", "Reset OK"};
}

smtp::Reply Session::noop(std::string_view)
{
    return {250, "2.0.0", "OK"};
}

smtp::Reply Session::quit(std::string_view)
{
    smtp::Reply reply{221, "2.0.0", our_name() + " closing connection"};
    const auto decision = judge(router::Phase::quit, {});
    if (!decision.reply.text.empty() && decision.is_accepted())
        reply.text = decision.reply.text;
    end(Ending::quit);
    return reply;
}

smtp::Reply Session::help(std::string_view)
{
    std::string verbs = "AUTH";
    if (reception_.tls && origin_.tls_cipher.empty())
        verbs += " STARTTLS";
    verbs += " HELO EHLO MAIL RCPT DATA BDAT NOOP QUIT RSET HELP";
    if (reception_.has_phase(router::Phase::etrn))
        verbs += " ETRN";
    if (reception_.has_phase(router::Phase::atrn))
        verbs += " ATRN";
    if (reception_.has_phase(router::Phase::expn))
        verbs += " EXPN";
    if (reception_.has_phase(router::Phase::vrfy))
        verbs += " VRFY";
    if (is_on(router::offers_wellknown) && reception_.has_phase(router::Phase::wellknown))
        verbs += " WELLKNOWN";
    return {214, "2.0.0", "Commands supported:\n" + verbs};
}

// An answer that router worded; `usual` is the code of a refusal by policy.
smtp::Reply Session::told(const Decision& decision, std::string_view what, unsigned usual)
{
    const Trace::Targets targets{trace_, decision.log_targets};
    const auto& enhanced = decision.reply.enhanced;
    if (decision.is_accepted() || enhanced == "5.1.1" || enhanced == "4.4.3") // what router found of the address
        return decision.reply;
    trace_.rejected(what, decision.is_temporary(), decision.log_text);
    if (decision.reply.code == 550 && enhanced == "5.7.1")
        return in_few_lines({usual, usual == 252 ? "2.5.0" : "5.7.1", decision.reply.text}, decision.reply_line);
    return in_few_lines(decision.reply, decision.reply_line);
}

// Without an ACL nobody is told whether an address exists: RFC 5321 section 7.3.
smtp::Reply Session::vrfy(std::string_view argument)
{
    const auto parsed = mail::parse_address(argument, address_rules());
    if (!parsed) // neither logged nor counted, as in Exim
        return {501, "5.1.3", parsed.error().text};
    if (!parsed->has_domain() && !greeting_->allow_unqualified_recipient && !is_qualified_for()) {
        trace_.unqualified("verify", parsed->address);
        return {501, "5.1.3", escape(argument, true) + ": recipient address must contain a domain"};
    }
    return told(judge(router::Phase::vrfy, parsed->address, router::Verdict::deny),
                "VRFY " + std::string(argument), 252);
}

smtp::Reply Session::expn(std::string_view argument)
{
    return told(judge(router::Phase::expn, std::string(argument), router::Verdict::deny),
                "EXPN " + std::string(argument), 550);
}

// RFC 1985; what it starts is router's to know (manual 47.8).
smtp::Reply Session::etrn(std::string_view argument)
{
    if (transaction_.has_sender())
        return protocol_error("ETRN is not permitted inside a transaction");
    trace_.etrn(argument);
    const auto decision = judge(router::Phase::etrn, std::string(argument), router::Verdict::deny);
    if (auto refused = refusal(decision, "ETRN " + std::string(argument))) {
        if (refused->code == 550 && refused->enhanced == "5.7.1")
            return {458, "4.7.0", std::move(refused->text)};
        return *refused;
    }
    router::StartEtrn question;
    question.argument = argument;
    question.origin = origin_;
    question.state = state_;
    auto answer = reception_.router.call(question, event::Deadline::in(std::chrono::seconds(parameters_.router_timeout)));
    if (!answer || !answer->log_text.empty())
        trace_.etrn_failed(argument, answer ? answer->log_text : answer.error().text);
    if (!answer)
        return {458, "4.3.0", "Internal failure"};
    if (answer->code == 501)
        return syntax_error(501, "5.5.4", answer->text, answer->text);
    return {answer->code, answer->code == 250 ? "2.0.0" : "4.5.0", std::move(answer->text)};
}

// Exim 4.98: a file by its path, as RFC 8615 has them for the web; router names and reads it.
smtp::Reply Session::wellknown(std::string_view argument)
{
    const std::string what = "WELLKNOWN " + std::string(argument);
    if (!is_on(router::offers_wellknown) || !reception_.has_phase(router::Phase::wellknown)) {
        trace_.rejected(what, false, "the command is not offered to this client");
        return {554, "5.7.1", "not permitted"};
    }
    if (argument.empty())
        return syntax_error(501, "5.5.4", "WELLKNOWN must have a path", "WELLKNOWN must have a path");
    const auto decision = judge(router::Phase::wellknown, std::string(argument), router::Verdict::deny);
    if (auto refused = refusal(decision, what))
        return *refused;
    return {250, std::string(trim_right(decision.reply.text))}; // the file as it is: no enhanced code between its lines
}

}
