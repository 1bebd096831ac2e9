// The beginning of a session: who the client is, whether there is room for it, and what it hears first. XCLIENT comes
// back here for each client that a proxy names.
#include "common/base/text.h"
#include "common/mail/date.h"
#include "router/switches_protocol.h"
#include "smtpd/session.h"
#include "smtpd/traffic_class.h"

namespace gp::smtpd {
namespace {

constexpr int most_closing = 10; // commands of a client that cannot be served

}

Status Session::learn_greeting()
{
    if (parameters_.greeting_is_constant && !program_) {
        // Owned by the parameters, which outlive every session.
        greeting_ = {std::shared_ptr<void>{}, &parameters_.greeting};
    } else {
        greeting_ = std::make_shared<const router::GreetReply>(TRY(policy_.greet(origin_)));
    }
    const bool was_told = !origin_.host_name.empty() && greeting_->host_name.empty(); // by a proxy, or by -oMs
    if (!was_told && !origin_.host_address.empty()) {
        origin_.host_name = greeting_->host_name;
        origin_.host_lookup_failed = greeting_->host_lookup_failed;
        origin_.host_lookup_deferred = greeting_->host_lookup_deferred;
    }
    state_ = greeting_->verdict.state;
    mark_traffic_as_told(state_.switches, stream_.fd());
    tell_of_tls(); // where TLS came first
    return {};
}

smtp::Reply Session::banner() const
{
    const auto decision = Policy::decision_of(greeting_->verdict);
    std::string text = decision.reply.text.empty() ? greeting_->banner : decision.reply.text;
    if (text.empty() && !greeting_->has_banner)
        text = our_name() + " ESMTP " + parameters_.software + " " +
               mail::format_date(reception_.clock.seconds());
    return {decision.reply.code == 0 ? 220 : decision.reply.code, text};
}

// Who a client is, and whether it may stay: at the beginning, and each time that XCLIENT names another one.
bool Session::admit()
{
    if (const auto known = learn_greeting(); !known) {
        trace_.not_greeted(known.error().text);
        return close_down({421, "4.3.0", "Temporary local problem - please try later"});
    }
    if (parameters_.hosts_connection_nolog_is_set && greeting_->is_logged && !is_xclient_proxy_)
        trace_.connected(reception_.connections.count());
    else if (!greeting_->is_logged)
        trace_.mute_connection();
    if (!has_place() || !may_have_another())
        return false;
    patience_.set_max_nonmail(greeting_->max_nonmail);

    // The certificate is of whoever is connected: clients that a proxy names have none here.
    if (tls_ && !is_xclient_proxy_ && greeting_->require_certificate && !origin_.tls_certificate_verified) {
        trace_.tls_failed("no good certificate from the client (tls_verify_hosts)");
        end(Ending::refused);
        return false;
    }
    const auto decision = Policy::decision_of(greeting_->verdict);
    obey(decision);
    if (!decision.is_accepted())
        return refuse_connection(decision);
    const auto judged = milters_.connect();
    return judged.is_accepted() || refuse_connection(judged);
}

bool Session::greet()
{
    if (!admit())
        return false;
    if (parameters_.smtp_enforce_sync && !greeting_->may_talk_early && !program_ && !is_rehearsal_) {
        if (const auto early = dialogue_.said_too_early(); !early.empty() && !says_hello_early(early)) {
            trace_.spoke_too_early(early);
            dialogue_.say({554, "5.5.0", "SMTP synchronization error"});
            end(Ending::refused);
            return false;
        }
    }
    dialogue_.say(banner());
    is_greeted_ = true;
    return true;
}

// Whom PIPECONNECT is offered may have known that from an earlier session. Whatever else comes before the banner is spoken
// to somebody else.
bool Session::says_hello_early(std::string_view early) const
{
    constexpr std::string_view hello = "EHLO ";
    return !is_lmtp_ && is_on(router::pipe_connect) && same_nocase(early.substr(0, hello.size()), hello);
}

bool Session::refuse_connection(const Decision& decision)
{
    const Trace::Targets targets{trace_, decision.log_targets};
    if (greeting_->is_refused_host)
        trace_.refused_host();
    else
        trace_.rejected_connection(decision.is_temporary(), decision.log_text);
    dialogue_.say(decision.reply);
    end(Ending::refused);
    return false;
}

// smtp_accept_reserve: the last places are for smtp_reserve_hosts (manual 14.23).
bool Session::has_place()
{
    const auto reserve = parameters_.smtp_accept_reserve;
    const auto most = parameters_.smtp_accept_max;
    if (reserve == 0 || program_ || greeting_->is_reserve_host ||
        reception_.connections.count() <= reception_.connections.share(most > reserve ? most - reserve : 0))
        return true;
    trace_.refused_connection("not in reserve list: connected=" + std::to_string(reception_.connections.count() - 1) +
                              " max=" + std::to_string(most) + " reserve=" + std::to_string(reserve));
    dialogue_.say({421, "4.3.2", "Too many concurrent SMTP connections; please try again later."});
    end(Ending::refused);
    return false;
}

// smtp_accept_max_per_host, where it is an expansion. It is about connections: who is named over one by XCLIENT is none.
bool Session::may_have_another()
{
    const auto most = greeting_->max_per_host;
    if (most == 0 || is_xclient_proxy_ || parameters_.smtp_accept_max_per_host != 0 ||
        reception_.connections.of_host(connected_from_) <= reception_.connections.share(most))
        return true;
    trace_.refused_connection(too_many_of_host_log);
    dialogue_.say({421, "4.3.2", too_many_of_host});
    end(Ending::refused);
    return false;
}

// Nothing can be done for this client; it is told so until it says QUIT (RFC 5321 section 3.1).
bool Session::close_down(const smtp::Reply& reply)
{
    dialogue_.say(reply);
    for (int commands = 0; commands < most_closing; ++commands) {
        const auto line = dialogue_.read_line(parameters_.smtp_command_max, input_deadline());
        if (!line || line->eof || line->too_long)
            break;
        if (same_nocase(trim(line->text), "QUIT")) {
            dialogue_.say({221, "2.0.0", our_name() + " closing connection"});
            break;
        }
        dialogue_.say(reply);
    }
    end(Ending::refused);
    return false;
}

}
