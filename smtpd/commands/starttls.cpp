// STARTTLS, and nothing that was said before it. RFC 3207.

#include "common/tls/context.h"
#include "common/tls/stream.h"
#include "router/switches_protocol.h"
#include "smtpd/certificates.h"
#include "smtpd/intake.h"
#include "smtpd/session.h"

namespace gp::smtpd {

namespace {

// In the words that Debian's Exim has for it, which log watchers know.
std::string reason_of(const Error& error)
{
    if (error.cause == Cause::timeout)
        return "(tls lib): timed out";
    if (error.cause == Cause::closed)
        return "(tls lib): closed by peer";
    constexpr std::string_view lead = "TLS handshake: ";
    std::string_view text = error.text;
    if (!text.starts_with(lead))
        return error.text;
    text.remove_prefix(lead.size());
    if (text == "wrong version number" || text == "http request")
        text = "An unexpected TLS packet was received.";
    if (text == "peer did not return a certificate")
        text = "The peer did not send any certificate.";
    return "(gnutls_handshake): " + std::string(text);
}

}

Status Session::shake_hands()
{
    const auto until = event::Deadline::in(std::chrono::seconds(parameters_.tls_handshake_timeout)).sooner(input_deadline());
    const auto choose = reception_.certificates ? reception_.certificates->chooser(origin_) : tls::Chooser{};
    auto rights = reception_.certificates ? reception_.certificates->rights_of(origin_) : tls::ClientRights{};
    rights.must_show_certificate = greeting_ && greeting_->require_certificate && parameters_.tls_try_verify;
    tls_ = TRY(tls::TlsStream::accept(stream_, *reception_.tls, until, choose, rights));
    const auto& facts = tls_->facts();
    origin_.tls_version = facts.version;
    origin_.tls_cipher = facts.cipher;
    origin_.tls_cipher_std = facts.cipher_name;
    origin_.tls_sni = facts.sni;
    origin_.tls_certificate_verified = facts.verified;
    origin_.tls_peer_dn = facts.peer ? facts.peer->subject : std::string{};
    trace_.tls_resumed(facts.resumed);
    tell_of_tls();
    dialogue_.switch_to(*tls_);
    if (greeting_ && greeting_->require_certificate && !facts.verified)
        return permanent("no good certificate from the client (tls_verify_hosts)");
    return {};
}

// What router sees of the session beyond its Origin, as the variables that it is. Certificates are long, and told only where
// some text looks at them.
void Session::tell_of_tls()
{
    if (!tls_)
        return;
    std::erase(state_.switches, router::can_be_bound);
    if (tls_->has_channel_bindings() && !is_xclient_proxy_) // a client's own TLS ends at its proxy
        state_.switches.emplace_back(router::can_be_bound);
    std::erase_if(state_.variables, [](const mail::Variable& one) { return one.name.starts_with("tls_in_"); });
    const auto tell = [&](const char* name, std::string value) { state_.variables.push_back({name, std::move(value), true}); };
    const auto& facts = tls_->facts();
    tell("tls_in_resumption", std::to_string(facts.resumption));
    if (facts.ocsp != tls::Ocsp::not_requested)
        tell("tls_in_ocsp", std::to_string(static_cast<unsigned>(facts.ocsp)));
    if (parameters_.tls_tells_peer && !facts.peer_pem.empty() && !is_xclient_proxy_) // a proxy's is not its client's
        tell("tls_in_peercert", facts.peer_pem);
    if (parameters_.tls_tells_own)
        tell("tls_in_ourcert", tls_->own_certificate());
}

smtp::Reply Session::starttls(std::string_view)
{
    if (!offered_.starttls || tls_)
        return protocol_error("STARTTLS command used when not advertised");
    const auto decision = judge(router::Phase::starttls, {});
    if (auto refused = refusal(decision, "STARTTLS "))
        return *refused;
    if (ending_ != Ending::none) // it spoke before its turn while the ACL waited
        return {};
    dialogue_.say({220, "2.0.0", "TLS go ahead"});
    if (!dialogue_.flush()) {
        end(Ending::lost);
        return {};
    }
    if (auto done = shake_hands(); !done) {
        raise("tls:fail:connect", reason_of(done.error()));
        trace_.tls_failed(reason_of(done.error()));
        if (done.error().cause == Cause::timeout) { // nothing was said in TLS yet: the client hears it in clear
            trace_.command_timeout(false);
            dialogue_.say({421, "4.4.2", our_name() + ": SMTP command timeout - closing connection"});
            end(Ending::timed_out);
            return {};
        }
        trace_.closed("closed by EOF");
        end(Ending::tls_failed);
        return {};
    }
    // RFC 3207 section 4.2: everything that was learnt in clear is forgotten, the EHLO name too, and who logged in:
    // that may have been somebody in between.
    // What tls_remember_esmtp keeps is not worth a lie: it was said in clear, and the client says it again if it likes.
    reset_transaction();
    pipes_early_ = false;
    if (!parameters_.tls_remember_esmtp) {
        phase_ = Phase::fresh;
        extended_ = false;
        offered_ = {};
        origin_.helo_name.clear();
    }
    origin_.authenticator.clear();
    origin_.authenticated_id.clear();
    std::erase_if(state_.switches, [](std::string_view word) { return word.starts_with(router::login_proof_is); });
    dialogue_.use_enhanced_codes(offered_.enhanced_status_codes);
    if (phase_ != Phase::fresh)
        set_protocol();
    patience_.tls_started();
    return {};
}

}
