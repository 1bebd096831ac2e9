// HELO, EHLO and the list of extensions. RFC 5321 section 4.1.1.1.

#include "common/base/text.h"
#include "router/switches_protocol.h"
#include "smtpd/intake.h"
#include "smtpd/session.h"

namespace gp::smtpd {
namespace {

constexpr std::size_t longest_name = 16 * 1024; // even of a client that may send junk

}

smtp::Reply Session::helo(std::string_view argument)
{
    return hello("HELO", argument, false);
}

smtp::Reply Session::ehlo(std::string_view argument)
{
    return hello("EHLO", argument, true);
}

smtp::Reply Session::lhlo(std::string_view argument)
{
    return hello("LHLO", argument, true);
}

smtp::Reply Session::hello(std::string_view verb, std::string_view argument, bool extended)
{
    said_ehlo_ = extended;
    const bool is_valid = smtp::is_valid_helo(argument, parameters_.helo_allow_chars) || greeting_->accept_junk_helo;
    if (!is_valid || argument.empty() || argument.size() > longest_name) {
        trace_.invalid_hello(verb, argument);
        (void)bears_error();
        return {501, "5.5.4", "Syntactically invalid " + std::string(verb) + " argument(s)"};
    }
    std::erase(state_.switches, mail::helo_is_secure);
    const auto name_before = std::exchange(origin_.helo_name, std::string(argument));
    const auto decision = judge(router::Phase::helo, std::string(argument), router::Verdict::accept, bears_our_name(argument));
    if (!decision.is_accepted() && decision.log_text == router::false_helo_name) {
        trace_.false_name(verb, argument);
        return decision.reply;
    }
    if (auto refused = refusal(decision, "EHLO or HELO " + std::string(argument))) {
        origin_.helo_name = name_before;
        return *refused;
    }
    reset_transaction(); // RFC 5321 section 4.1.4: as if RSET; a milter hears no HELO within a message
    const auto judged = milters_.helo(argument);
    obey(judged);
    if (auto refused = refusal(judged, "EHLO or HELO " + std::string(argument))) {
        origin_.helo_name = name_before;
        return *refused;
    }
    if (!decision.authenticator.empty()) { // by the certificate
        origin_.authenticator = decision.authenticator;
        origin_.authenticated_id = decision.authenticated_id;
    }
    extended_ = extended;
    if (phase_ == Phase::fresh && is_on(router::pipe_connect) && dialogue_.has_buffered())
        pipes_early_ = true;
    phase_ = Phase::greeted;
    set_protocol();
    offered_ = extended ? offered_extensions() : smtp::Extensions{};
    if (extended) // RFC 4954 section 4: not again, once it was done
        offered_.auth = origin_.authenticator.empty() ? decision.auth_mechanisms : std::vector<std::string>{};
    dialogue_.use_enhanced_codes(offered_.enhanced_status_codes);
    auto reply = hello_reply(extended ? &offered_ : nullptr);
    if (const auto words = decision.reply.text; !words.empty()) { // an ACL may word it otherwise, in one line
        if (words.find('\n') != std::string::npos)
            trace_.cut_greeting(decision.reply.code == 0 ? 250 : decision.reply.code, words);
        reply.text = words.substr(0, words.find('\n')) + reply.text.substr(std::min(reply.text.find('\n'), reply.text.size()));
    }
    if (decision.reply.code != 0)
        reply.code = decision.reply.code;
    return reply;
}

// What helo_lookup_domains is about as long as nobody has set it: our name, or an address. Router looks closer.
bool Session::bears_our_name(std::string_view argument) const
{
    return parameters_.helo_lookup_own && !origin_.host_address.empty() && origin_.host_name.empty() &&
           (argument.starts_with('[') || same_nocase(argument, parameters_.primary_hostname));
}

void Session::set_protocol()
{
    origin_.protocol = origin_.host_address.empty() ? "local-" : "";
    origin_.protocol += is_lmtp_ ? "lmtp" : extended_ ? "esmtp" : "smtp";
    if (tls_)
        origin_.protocol += 's';
    if (!origin_.authenticator.empty())
        origin_.protocol += 'a';
}

smtp::Extensions Session::offered_extensions() const
{
    smtp::Extensions offered;
    offered.esmtp = true;
    offered.size = size_limit();
    offered.eight_bit_mime = greeting_->advertise_8bitmime;
    offered.pipelining = greeting_->advertise_pipelining && state_.no_pipelining.empty();
    offered.chunking = greeting_->advertise_chunking && state_.no_chunking.empty();
    offered.dsn = greeting_->advertise_dsn;
    offered.early_pipe = offered.pipelining && !program_ && !is_lmtp_ && is_on(router::pipe_connect);
    offered.prdr = parameters_.prdr_enable && !is_lmtp_; // which does it anyway
    offered.smtputf8 = parameters_.smtputf8_offered && greeting_->advertise_smtputf8 && offered.eight_bit_mime; // RFC 6531 section 3.1
    offered.requiretls = tls_ && !is_xclient_proxy_ && is_on(router::offers_requiretls); // RFC 8689 section 2
    offered.starttls = reception_.tls && !tls_ && greeting_->advertise_tls;
    offered.enhanced_status_codes = parameters_.enhanced_status_codes;
    offered.etrn = reception_.has_phase(router::Phase::etrn);
    offered.atrn = reception_.has_phase(router::Phase::atrn);
    offered.vrfy = reception_.has_phase(router::Phase::vrfy);
    offered.expn = reception_.has_phase(router::Phase::expn);
    offered.wellknown = is_on(router::offers_wellknown) && reception_.has_phase(router::Phase::wellknown);
    if (is_on(router::offers_limits)) { // RFC 9422
        offered.limit_mail = parameters_.smtp_accept_max_per_connection;
        offered.limit_rcpt = parameters_.recipients_max;
    }
    offered.xclient = may_speak_for_others();
    offered.xforward = greeting_->offers_xclient && !is_xclient_proxy_;
    offered.help = true;
    return offered;
}

smtp::Reply Session::hello_reply(const smtp::Extensions* extensions) const
{
    std::string text = our_name() + " Hello ";
    if (!origin_.ident.empty())
        text += origin_.ident + " at ";
    text += origin_.host_name.empty() ? origin_.helo_name : origin_.host_name;
    if (!origin_.host_address.empty())
        text += " [" + origin_.host_address + "]";
    if (extensions)
        for (const auto& line : smtp::extension_lines(*extensions))
            text += "\n" + line;
    return {250, std::move(text)}; // RFC 2034 section 4: no enhanced code here
}

}
