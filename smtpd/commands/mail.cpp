// MAIL and its parameters. RFC 5321 section 4.1.1.2, RFC 1870, RFC 6152, RFC 3461.

#include "common/base/text.h"
#include "common/mail/local_origin.h"
#include "router/switches_protocol.h"
#include "smtpd/intake.h"
#include "smtpd/room.h"
#include "smtpd/session.h"

namespace gp::smtpd {
namespace {

// RFC 6531 section 4.3 has names of its own for the protocols; Exim's begin so.
void mark_protocol(std::string& protocol, bool is_utf8)
{
    constexpr std::string_view mark = "utf8";
    if (protocol.starts_with(mark))
        protocol.erase(0, mark.size());
    if (is_utf8)
        protocol.insert(0, mark);
}

}

mail::AddressRules Session::address_rules() const
{
    mail::AddressRules rules;
    rules.allow_domain_literals = parameters_.allow_domain_literals;
    rules.allow_utf8_domains = parameters_.allow_utf8_domains || transaction_.parameters().smtputf8;
    rules.strip_excess_angle_brackets = parameters_.strip_excess_angle_brackets;
    rules.strip_trailing_dot = parameters_.strip_trailing_dot;
    return rules;
}

smtp::Reply Session::path_error(std::string_view path, const std::string& why)
{
    return syntax_error(501, "5.5.4", escape(path, true) + ": " + escape(why, true), why);
}

std::uint64_t Session::size_limit() const
{
    if (state_.message_size_limit != 0)
        return state_.message_size_limit;
    return greeting_->message_size_limit != 0 ? greeting_->message_size_limit : parameters_.message_size_limit;
}

std::optional<smtp::Reply> Session::mail_out_of_turn()
{
    if (phase_ == Phase::fresh && greeting_->require_helo) {
        trace_.no_hello();
        smtp::Reply reply{503, "5.5.1", "HELO or EHLO required"};
        // As in Exim it is no error of the protocol; who goes on with it is no client that nobody stops.
        return ++without_hello_ > parameters_.smtp_max_unknown_commands ? count_error(std::move(reply)) : reply;
    }
    if (needs_login_ && origin_.authenticator.empty()) {
        trace_.rejected("MAIL", false, "this port is for clients that log in (/submission)");
        return smtp::Reply{530, "5.7.0", "Authentication required"}; // RFC 4954 section 6
    }
    if (transaction_.has_sender())
        return protocol_error("sender already given");
    if (parameters_.smtp_accept_max_per_connection != 0 &&
        mail_commands_ > parameters_.smtp_accept_max_per_connection) {
        trace_.too_many_messages();
        return smtp::Reply{421, "4.7.0", "too many messages in this connection"};
    }
    return std::nullopt;
}

// RFC 1870 section 6.1: a message that is announced too large need not be sent.
std::optional<smtp::Reply> Session::too_big(const smtp::MailParameters& parameters, std::string_view sender)
{
    const auto limit = size_limit();
    if (limit == 0 || parameters.size.value_or(0) <= limit)
        return std::nullopt;
    trace_.message_too_big(sender, *parameters.size, limit);
    return smtp::Reply{552, "5.3.4", "Message size exceeds maximum permitted"};
}

// "Otherwise the content of these commands is ignored and the sender is set up as the calling user" (manual
// 5.3, -bs); ACLs still see what was said.
std::optional<smtp::Reply> Session::settle_sender(const std::string& sender)
{
    if (!program_ || !origin_.local || origin_.trusted)
        return std::nullopt;
    program_->caller.sender = sender;
    const auto who = reception_.router.call(
        program_->caller, event::Deadline::in(std::chrono::seconds(parameters_.router_timeout)));
    if (!who)
        return smtp::Reply{451, "4.3.0", "Temporary local problem - please try later"};
    if (!who->may_set_sender)
        own_sender_ = mail::address_of_login(origin_.login, parameters_.qualify_domain);
    return std::nullopt;
}

// Rewriting rules with flag S come before all syntax (manual 31.9).
Result<std::string> Session::path_of(std::string_view sent)
{
    if (!parameters_.rewrites_paths)
        return std::string(sent);
    const mail::RewritePath question{.origin = origin_, .path = std::string(sent)};
    auto reply = TRY(reception_.router.call(
        question, event::Deadline::in(std::chrono::seconds(parameters_.router_timeout))));
    return std::move(reply.path);
}

// Clients say SIZE and the like without having been told; behind EHLO Exim bears it.
smtp::Extensions Session::understood_extensions() const
{
    auto understood = offered_;
    if (!said_ehlo_)
        return understood;
    understood.requiretls = is_on(router::offers_requiretls);
    understood.esmtp = understood.prdr = understood.dsn = understood.smtputf8 = true;
    understood.eight_bit_mime |= greeting_->advertise_8bitmime;
    if (!understood.size)
        understood.size = size_limit();
    return understood;
}

// RFC 8689 section 2: it is for sessions in TLS, and said where it was offered.
smtp::Reply Session::requiretls_out_of_place()
{
    constexpr std::string_view why = "REQUIRETLS used when not advertised";
    if (tls_)
        return syntax_error(501, "5.5.4", std::string(why), std::string(why));
    trace_.rejected("MAIL", false, "REQUIRETLS without TLS");
    return count_error({530, "5.7.10", "Encryption needed: REQUIRETLS is for sessions in TLS"});
}

// Those of DSN mean nothing where it was not offered, whatever they say.
std::vector<smtp::Parameter> Session::counting(std::vector<smtp::Parameter> parameters) const
{
    if (!offered_.dsn)
        std::erase_if(parameters, [](const auto& one) { return same_nocase(one.name, "RET") || same_nocase(one.name, "ENVID"); });
    return parameters;
}

smtp::Reply Session::mail(std::string_view argument)
{
    ++mail_commands_; // also one that comes too early
    if (auto wrong = mail_out_of_turn()) {
        mail_refused_ = mail_refused_ || wrong->code == 421; // what was sent behind it follows from it
        return *wrong;
    }
    if (argument.empty())
        return protocol_error("MAIL must have an address operand", 501);
    mail_refused_ = true; // until it is taken
    slow_down(parameters_.slow_mail, mail_commands_);
    transaction_.reset(); // what was refused before it
    rcpt_commands_ = 0;
    const auto understood = understood_extensions();
    const auto parts = smtp::split_path(
        argument, [&](const smtp::Parameter& parameter) { return smtp::knows_mail_parameter(parameter, understood); });
    auto parameters = smtp::read_mail_parameters(counting(parts.parameters), understood);
    if (!parameters)
        return syntax_error(501, "5.5.4", parameters.error().text, parameters.error().text);
    if (parameters->smtputf8 && !offered_.smtputf8)
        return syntax_error(501, "5.5.4", "SMTPUTF8 used when not advertised", "SMTPUTF8 used when not advertised");
    if (parameters->requiretls && !offered_.requiretls)
        return requiretls_out_of_place();
    parameters->prdr = parameters->prdr && offered_.prdr; // understood and ignored, else
    mark_protocol(origin_.protocol, parameters->smtputf8);

    auto rules = address_rules();
    rules.allow_null = true;
    rules.allow_utf8_domains = rules.allow_utf8_domains || parameters->smtputf8;
    const auto path = path_of(parts.path);
    if (!path)
        return {451, "4.3.0", "Temporary local problem - please try later"};
    const auto parsed = mail::parse_address(*path, rules);
    if (!parsed)
        return path_error(*path, parsed.error().text);
    auto sender = parsed->address;
    if (!parsed->has_domain() && !sender.empty()) {
        if (!greeting_->allow_unqualified_sender && !is_qualified_for()) {
            trace_.unqualified("sender", sender);
            return {501, "5.1.7", escape(*path, true) + ": sender address must contain a domain"};
        }
        sender += "@" + parameters_.qualify_domain;
    }
    if (auto refused = too_big(*parameters, sender))
        return *refused;
    if (!reception_.room.has_room_for(parameters->size)) {
        trace_.no_room(sender);
        return {452, "4.3.1", "Space shortage, please try later"};
    }

    if (auto refused = take_auth_parameter(*parameters, sender))
        return *refused;
    const auto as_sent = sender;
    transaction_.begin(sender, as_sent, *parameters);
    auto decision = judge(router::Phase::mail, sender);
    if (auto refused = refusal(decision, "MAIL <" + sender + ">")) {
        reset_transaction();
        mail_refused_ = true;
        return *refused;
    }
    const auto judged = milters_.mail(sender, parts.parameters);
    obey(judged);
    if (auto refused = refusal(judged, "MAIL <" + sender + ">")) {
        reset_transaction();
        mail_refused_ = true;
        return *refused;
    }
    if (auto refused = settle_sender(sender)) {
        reset_transaction();
        return *refused;
    }
    if (!decision.address.empty() && decision.address != sender)
        transaction_.begin(decision.address, as_sent, std::move(*parameters));
    if (decision.verdict == router::Verdict::discard)
        transaction_.discard_all(decision.log_text);
    phase_ = Phase::mail;
    mail_refused_ = false;
    if (decision.reply.code != 0)
        return decision.reply;
    const std::string usual = transaction_.parameters().prdr ? "OK, PRDR Requested" : "OK";
    return {250, "2.1.0", decision.reply.text.empty() ? usual : decision.reply.text};
}

}
