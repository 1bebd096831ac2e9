// RCPT and its parameters. RFC 5321 section 4.1.1.3, RFC 3461.

#include "common/base/text.h"
#include "smtpd/intake.h"
#include "smtpd/session.h"

namespace gp::smtpd {

smtp::Reply Session::refuse_recipient(smtp::Reply reply, bool is_temporary)
{
    // What DATA repeats when every recipient was refused with the same words; Exim keeps the code of
    // syntax errors alone.
    transaction_.refuse(reply.code == 501 ? "501 " + reply.text : reply.text, is_temporary);
    return reply;
}

std::optional<smtp::Reply> Session::no_room_for_recipient(const mail::Recipient& recipient, bool counted)
{
    const bool rejects = parameters_.recipients_max_reject;
    if (!counted) {
        if (!transaction_.was_overflow_told()) // one line for a message
            trace_.too_many_recipients(transaction_.sender(), rejects);
        transaction_.overflow_was_told();
    } else if (transaction_.has_room(Transaction::cost_of(recipient), parameters_.recipients_memory)) {
        return std::nullopt;
    }
    // RFC 5321 section 4.5.3.1.10
    return smtp::Reply{rejects ? 552u : 452u, rejects ? "5.5.3" : "4.5.3", "too many recipients"};
}

smtp::Reply Session::rcpt(std::string_view argument)
{
    if (argument.empty())
        return syntax_error(501, "5.5.4", "RCPT must have an address operand", "RCPT must have an address operand");
    slow_down(parameters_.slow_rcpt, ++rcpt_commands_);
    const bool counted = transaction_.count_recipient(parameters_.recipients_max);
    const auto parts = smtp::split_path(
        argument, [&](const smtp::Parameter& parameter) { return smtp::knows_rcpt_parameter(parameter, offered_); });
    auto parameters = smtp::read_rcpt_parameters(parts.parameters, offered_);
    if (!parameters)
        return refuse_recipient(syntax_error(501, "5.5.4", parameters.error().text, parameters.error().text), false);
    const auto path = path_of(parts.path);
    if (!path)
        return refuse_recipient({451, "4.3.0", "Temporary local problem - please try later"}, true);
    const auto parsed = mail::parse_address(*path, address_rules());
    if (!parsed)
        return refuse_recipient(path_error(*path, parsed.error().text), false);

    mail::Recipient recipient;
    recipient.address = parsed->address;
    recipient.notify = parameters->notify;
    recipient.orcpt = std::move(parameters->orcpt);
    if (!parsed->has_domain()) {
        // RFC 5321 section 4.5.1: <postmaster> needs no domain.
        if (!greeting_->allow_unqualified_recipient && !is_qualified_for() &&
            !same_nocase(parsed->address, "postmaster")) {
            trace_.unqualified("recipient", parsed->address);
            return refuse_recipient(
                {501, "5.1.3", escape(*path, true) + ": recipient address must contain a domain"}, false);
        }
        const auto& domain = parameters_.qualify_recipient;
        recipient.address += "@" + (domain.empty() ? parameters_.qualify_domain : domain);
    }
    if (auto full = no_room_for_recipient(recipient, counted))
        return refuse_recipient(*full, full->code < 500);

    // What MAIL's ACL discards has no use for another one.
    if (transaction_.discards_all()) {
        trace_.discarded_recipient(transaction_.sender(), recipient.address, "MAIL", transaction_.why_discarded());
        transaction_.discard();
        phase_ = Phase::rcpt;
        return {250, "2.1.5", "Accepted"};
    }
    // Without acl_smtp_rcpt nobody may send anything: manual chapter 44.2.
    auto decision = judge(router::Phase::rcpt, recipient.address, router::Verdict::deny);
    if (decision.cut || decision.drops_cut)
        transaction_.cut_over(decision.cut);
    if (decision.verdict == router::Verdict::accept && ending_ == Ending::none)
        if (auto judged = milters_.rcpt(recipient.address, parts.parameters); !judged.is_accepted()) {
            obey(judged);
            decision = std::move(judged);
        }
    if (!decision.is_accepted()) {
        const Trace::Targets targets{trace_, decision.log_targets};
        trace_.first_line(decision.first_log_text);
        trace_.rejected_recipient(transaction_.sender(), trim(parts.path), decision.is_temporary(),
                                  decision.log_text);
        return refuse_recipient(in_few_lines(decision.reply, decision.reply_line), decision.is_temporary());
    }
    if (decision.verdict == router::Verdict::discard) {
        trace_.discarded_recipient(transaction_.sender(), recipient.address, "RCPT", decision.log_text);
        transaction_.discard();
    } else {
        if (!decision.address.empty() && decision.address != recipient.address)
            recipient.original = std::exchange(recipient.address, decision.address);
        transaction_.accept(std::move(recipient));
    }
    phase_ = Phase::rcpt;
    if (decision.reply.code != 0)
        return decision.reply;
    return {250, "2.1.5", decision.reply.text.empty() ? "Accepted" : decision.reply.text};
}

}
