#include "smtpd/trace.h"

#include "common/base/elapsed.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/log/long_line.h"
#include "common/log/shown.h"
#include "common/mail/host_words.h"
#include "common/mail/address.h"
#include "common/mail/notes.h"
#include "common/mail/rejected_words.h"

namespace gp::smtpd {
namespace {

constexpr std::size_t most_shown = 1024; // octets of one thing that a stranger said
constexpr std::size_t most_shown_recipients = 100; // of an envelope, in the log
constexpr std::uint64_t most_counted = 0x7fffffff; // of a size that is announced; Exim counts no further
constexpr std::size_t shown_early = 32;  // of what was said too soon

std::string tame(std::string_view text)
{
    return escape(text.substr(0, most_shown), true);
}

std::string quoted(std::string_view text)
{
    return "\"" + tame(text) + "\"";
}

std::string beginning(std::string_view input)
{
    return quoted(input.substr(0, shown_early)) + (input.size() > shown_early ? "..." : "");
}

std::string why_words(std::string_view why)
{
    constexpr std::size_t most_said = 2 * most_shown; // words of ours and one thing that a stranger said
    return why.empty() ? std::string{} : ": " + escape(why.substr(0, most_said), true);
}

std::string temporarily_words(bool temporarily)
{
    return temporarily ? "temporarily rejected " : "rejected ";
}

std::string list_of(const std::vector<std::string_view>& commands)
{
    const auto shown = std::span(commands).last(std::min(commands.size(), Trace::most_commands));
    std::string out = shown.size() < commands.size() ? "..." : "";
    for (auto command : shown) {
        out += command;
        out += ',';
    }
    if (!shown.empty())
        out.pop_back();
    return out;
}

}

std::string format_log_duration(Duration duration, bool milliseconds)
{
    return format_elapsed(std::chrono::microseconds(duration).count(), milliseconds);
}

// --- who ---

std::string Trace::client() const
{
    return mail::host_words(origin_, {.port = parameters_.log_incoming_port, .interface = parameters_.log_incoming_interface, .ports = parameters_.log_ports});
}

std::string Trace::host() const
{
    return mail::host_and_ident(origin_, {.port = parameters_.log_incoming_port, .interface = parameters_.log_incoming_interface, .ports = parameters_.log_ports});
}

std::string Trace::tls() const
{
    std::string out;
    if (!origin_.tls_cipher.empty() && parameters_.log_tls_cipher)
        out += " X=" + tame(origin_.tls_cipher);
    if (!origin_.tls_cipher.empty() && parameters_.log_tls_certificate_verified)
        out += origin_.tls_certificate_verified ? " CV=yes" : " CV=no";
    if (!origin_.tls_peer_dn.empty() && parameters_.log_tls_peerdn)
        out += " DN=" + quoted(origin_.tls_peer_dn);
    if (!origin_.tls_sni.empty() && parameters_.log_tls_sni)
        out += " SNI=" + (log::is_plain_name(origin_.tls_sni) ? origin_.tls_sni : quoted(origin_.tls_sni));
    return out;
}

std::string Trace::login() const
{
    if (origin_.authenticator.empty())
        return {};
    return " A=" + tame(origin_.authenticator) +
           (origin_.authenticated_id.empty() ? std::string{} : ":" + tame(origin_.authenticated_id));
}

// log_reject_target names each log that is to have it.
void Trace::to_lines(std::string_view text) const
{
    if (targets_ & mail::log_to_panic)
        log::panic_alone(text);
    if (targets_ & mail::log_to_main)
        log::main(text);
}

void Trace::to_both(std::string_view text) const
{
    to_lines(text);
    if (targets_ & mail::log_to_reject)
        log::reject(text);
}

// --- the connection ---

// A program's is a pipe, whichever host -oMa has named.
std::string Trace::connection() const
{
    return origin_.login.empty() || origin_.ident.empty() ? client() : tame(origin_.ident);
}

void Trace::mark(mail::Envelope& envelope) const
{
    if (parameters_.log_tls_on_connect && marks_.tls_on_connect)
        mail::add_note(envelope, mail::note_tls_on_connect, "yes");
    if (parameters_.log_pipelining && !early_pipe_.empty())
        mail::add_note(envelope, mail::note_early_pipe, std::string(early_pipe_));
    if (parameters_.log_tls_resumption && is_resumed_)
        mail::add_note(envelope, mail::note_tls_resumed, "yes");
}

std::string Trace::connection_words() const
{
    std::string out;
    if (parameters_.log_connection_id && !origin_.connection_id.empty())
        out += " Ci=" + origin_.connection_id;
    if (parameters_.log_tls_on_connect && marks_.tls_on_connect)
        out += " TLS-on-connect";
    return out;
}

void Trace::connected(std::size_t connections) const
{
    if (!parameters_.log_smtp_connection || is_muted_)
        return;
    std::string text = "SMTP connection from " + connection() + connection_words();
    if (!origin_.host_address.empty() && origin_.login.empty())
        text += " (TCP/IP connection count = " + std::to_string(connections) + ")";
    log::main(text);
}

void Trace::refused_connection(std::string_view why) const
{
    if (parameters_.log_connection_reject)
        log::main("Connection from " + client() + connection_words() + " refused: " + std::string(why));
}

void Trace::not_greeted(std::string_view why) const
{
    if (why.starts_with("invalid ")) // Exim's words for an option whose value cannot be
        return log::main(tame(why));
    log::panic(client() + " could not be greeted: " + tame(why));
}

void Trace::bad_proxy(std::string_view why) const
{
    log::main("no client behind the proxy " + client() + " (hosts_proxy): " + tame(why));
}

void Trace::refused_host() const
{
    const auto text = "refused connection from " + client() + " (host_reject_connection)";
    if (parameters_.log_connection_reject)
        log::main(text);
    log::reject(text);
}

void Trace::rejected_connection(bool temporarily, std::string_view why) const
{
    const auto text = host() + tls() + login() + " " + temporarily_words(temporarily) +
                      "connection in \"connect\" ACL" + why_words(why);
    if (parameters_.log_connection_reject)
        to_lines(text);
    if (targets_ & mail::log_to_reject)
        log::reject(text);
}

void Trace::closed(std::string_view how) const
{
    if (parameters_.log_smtp_connection && !is_muted_)
        log::main("SMTP connection from " + connection() + connection_words() + " " + std::string(how));
}

void Trace::reset_after_quit(bool over_tls) const
{
    if (parameters_.log_protocol_detail)
        log::main("[" + origin_.host_address + "] after QUIT, client reset TCP before SMTP response" +
                  (over_tls ? " and TLS close" : ""));
}

void Trace::lost(bool in_transaction, std::string_view duration) const
{
    if (in_transaction && parameters_.log_lost_incoming_connection)
        log::main("unexpected " + std::string(origin_.host_address.empty() ? "EOF" : "disconnection") +
                  " while reading SMTP command from " + client() + " D=" + std::string(duration));
    else if (!in_transaction && parameters_.log_smtp_connection && !is_muted_)
        log::main("SMTP connection from " + connection() + connection_words() + " lost D=" + std::string(duration));
}

void Trace::delivery_waits(std::string_view id, std::string_view why) const
{
    if (parameters_.log_delay_delivery)
        log::main(std::string(id) + " no immediate delivery: " + std::string(why));
}

void Trace::no_mail(std::string_view duration, const std::vector<std::string_view>& commands) const
{
    if (!parameters_.log_smtp_no_mail)
        return;
    std::string text = "no MAIL in SMTP connection from " + client() + connection_words() + " D=" + std::string(duration) + login() + tls();
    if (!commands.empty())
        text += " C=" + list_of(commands);
    log::main(text);
}

void Trace::command_timeout(bool over_tls) const
{
    log::main(std::string("SMTP command timeout on ") + (over_tls ? "TLS " : "") + "connection from " + client());
}

void Trace::tls_failed(std::string_view why) const
{
    log::main("TLS error on connection from " + client() + " " + tame(why));
}

void Trace::auth_failed(std::string_view authenticator, std::string_view why) const
{
    to_both(tame(authenticator) + " authenticator failed for " + client() + ": " + tame(why));
}

void Trace::skipped_wait(Duration time, std::string_view who_asks) const
{
    log::main(std::string(who_asks) + " requests " + format_log_duration(time, true) + " delay: skipped in -bh checking mode");
}

void Trace::ignored_auth_parameter(std::string_view value, std::string_view why) const
{
    log::main("ignoring AUTH=" + tame(value) + " from " + (origin_.host_address.empty() ? "U=" : "H=") + client() + " (" +
              tame(why) + ")");
}

// --- patience ---

void Trace::spoke_too_early(std::string_view input) const
{
    to_both("SMTP protocol synchronization error (input sent without waiting for greeting): rejected connection "
            "from " +
            host() + " input=" + beginning(input));
}

void Trace::spoke_too_soon(std::string_view command, std::string_view input, bool pipelining) const
{
    to_both(std::string("SMTP protocol synchronization error (next input sent too soon: pipelining was ") +
            (pipelining ? "" : "not ") + "advertised): rejected " + quoted(command) + " " + host() +
            " next input=" + beginning(input));
}

void Trace::syntax_error(std::string_view command, std::string_view why) const
{
    if (teller_)
        teller_("smtp:fail:syntax", why);
    if (parameters_.log_smtp_syntax_error)
        log::main("SMTP syntax error in " + quoted(command) + " " + host() + " " + tame(why));
}

void Trace::protocol_error(std::string_view command, std::string_view why) const
{
    if (teller_)
        teller_("smtp:fail:protocol", why);
    if (parameters_.log_smtp_protocol_error)
        log::main("SMTP protocol error in " + quoted(command) + " " + host() + " " + tame(why));
}

void Trace::too_many_errors(std::string_view command, const std::vector<std::string_view>& commands) const
{
    to_both("SMTP call from " + client() + " dropped: too many syntax or protocol errors (last command was " +
            quoted(command) + (commands.empty() ? ", NULL" : ",  C=" + list_of(commands)) + ")");
}

void Trace::too_many_unknown(std::string_view command) const
{
    to_both("SMTP call from " + client() + " dropped: too many unrecognized commands (last was " + quoted(command) +
            ")");
}

void Trace::too_many_nonmail(std::string_view verb) const
{
    to_both("SMTP call from " + client() + " dropped: too many nonmail commands (last was " + quoted(verb) + ")");
}

// --- commands ---

void Trace::invalid_hello(std::string_view verb, std::string_view argument) const
{
    to_both("rejected " + tame(verb) + " from " + client() + ": syntactically invalid argument(s): " +
            (argument.empty() ? "(no argument given)" : tame(argument)));
}

void Trace::false_name(std::string_view verb, std::string_view argument) const
{
    to_both("rejected " + quoted(std::string(verb) + " " + std::string(argument)) + " from " + client());
}

void Trace::cut_greeting(unsigned code, std::string_view text) const
{
    log::panic("EHLO/HELO response must not contain newlines: message truncated: " + std::to_string(code) + " " +
               tame(text));
}

void Trace::no_hello() const
{
    to_both("rejected MAIL from " + client() + ": no HELO/EHLO given");
}

void Trace::etrn(std::string_view argument) const
{
    if (parameters_.log_etrn)
        log::main("ETRN " + tame(argument) + " received from " + client());
}

// Behind log_selector's etrn, as in Exim.
void Trace::atrn(std::string_view argument) const
{
    if (parameters_.log_etrn)
        log::main("ATRN '" + tame(argument) + "' received from " + client());
}

void Trace::atrn_failed(std::string_view argument, std::string_view why) const
{
    log::main("ATRN '" + tame(argument) + "' of " + client() + " could not be obeyed: " + tame(why));
}

void Trace::etrn_failed(std::string_view argument, std::string_view why) const
{
    log::panic("ETRN " + tame(argument) + " of " + client() + " could not be obeyed: " + tame(why));
}

void Trace::unqualified(std::string_view whose, std::string_view address) const
{
    const bool has_no_name = origin_.host_lookup_failed && origin_.host_name.empty();
    const auto text = "unqualified " + std::string(whose) + " rejected: <" + tame(address) + "> " + host() +
                      (has_no_name ? " (failed to find host name from IP address)" : "");
    const bool is_mail = whose != "verify"; // VRFY and EXPN are not
    is_mail && parameters_.log_smtp_syntax_error ? to_both(text) : log::reject(text); // the selector is of the main log
}

void Trace::too_many_messages() const
{
    to_both("rejected MAIL command " + host() + ": too many messages in one connection");
}

void Trace::too_many_recipients(std::string_view sender, bool rejected) const
{
    to_both(std::string("too many recipients: ") + (rejected ? "message rejected" : "excess temporarily rejected") +
            ": sender=<" + tame(sender) + "> " + host());
}

void Trace::message_too_big(std::string_view sender, std::uint64_t announced, std::uint64_t limit) const
{
    const auto text = "rejected MAIL FROM:<" + tame(sender) + "> " + host() + ": message too big: size" + (announced < most_counted ? "=" : ">=") +
                std::to_string(std::min(announced, most_counted)) + " max=" + std::to_string(limit);
    parameters_.log_size_reject ? to_both(text) : log::reject(text); // the selector is of the main log
}

// Once for each refusal: the spool's own line says how little is left.
void Trace::no_room(std::string_view sender) const
{
    to_both(host() + " temporarily rejected MAIL <" + tame(sender) + ">: the spool has no room");
}

void Trace::first_line(std::string_view text) const
{
    if (!text.empty())
        to_both(host() + tls() + login() + " " + escape(text.substr(0, most_shown), true));
}

void Trace::first_line(const Message& message, std::string_view text) const
{
    if (!text.empty())
        to_both(std::string(message.id) + " " + host() + tls() + login() + " " + escape(text.substr(0, most_shown), true), message);
}

// As in Exim the login stands in lines of recipients and messages alone.
void Trace::rejected(std::string_view what, bool temporarily, std::string_view why) const
{
    to_both(host() + tls() + " " + temporarily_words(temporarily) + tame(what) + why_words(why));
}

void Trace::rejected_recipient(std::string_view sender, std::string_view recipient, bool temporarily,
                               std::string_view why) const
{
    to_both(host() + tls() + " F=<" + tame(sender) + ">" + login() + " " + temporarily_words(temporarily) + "RCPT " +
            tame(recipient) + why_words(why));
}

void Trace::discarded_recipient(std::string_view sender, std::string_view recipient, std::string_view which_acl,
                                std::string_view why) const
{
    to_both(host() + tls() + login() + " F=<" + tame(sender) + "> RCPT <" + tame(recipient) + ">: discarded by " +
            std::string(which_acl) + " ACL" + (why.empty() ? "" : ": " + tame(why)));
}

// --- messages ---

void Trace::to_both(std::string_view text, const Message& message) const
{
    to_lines(text);
    if (!(targets_ & mail::log_to_reject))
        return;
    if (!parameters_.log_rejected_headers || message.headers.empty())
        return log::reject(text);
    log::reject(std::string(text) + mail::envelope_words(message.sender, message.recipients) +
                mail::headers_words(message.headers, message.old_headers));
}

void Trace::rejected_message(const Message& message, bool temporarily, std::string_view why, std::string_view where) const
{
    // Exim tells of no sender there.
    const auto sender = where.starts_with("DKIM") ? login() + " " : " F=<" + tame(message.sender) + ">" + login() + " ";
    to_both(std::string(message.id) + " " + host() + tls() + sender + temporarily_words(temporarily) + std::string(where.empty() ? "after DATA" : where) + why_words(why),
            message);
}

void Trace::rejected_onward(const Message& message, std::string_view about, std::string_view where, std::string_view why) const
{
    to_both(std::string(message.id) + " " + host() + tls() + login() + " " + std::string(about) + " F=<" + tame(message.sender) + "> " +
                std::string(where) + why_words(why),
            message);
}

void Trace::unfit_message(const Message& message, std::string_view why) const
{
    to_both(std::string(message.id) + " rejected from <" + tame(message.sender) + "> " + host() + why_words(why),
            message);
}

void Trace::bare_header(std::string_view sender, const std::vector<mail::Recipient>& recipients, std::string_view headers) const
{
    const auto text = "rejected from <" + tame(sender) + "> " + host() + ": Non-CRLF-terminated header, under CHUNKING: message abandoned";
    to_lines(text);
    if (!(targets_ & mail::log_to_reject))
        return;
    std::string lines;
    for (const auto line : split(headers.substr(0, most_shown), '\n'))
        lines += "\n  " + escape(trim_right(line));
    log::reject(parameters_.log_rejected_headers ? text + mail::envelope_words(sender, recipients) + lines : text);
}

void Trace::data_timeout(std::string_view id, std::string_view sender) const
{
    log::main(std::string(id) + (id.empty() ? "" : " ") + "SMTP data timeout (message abandoned) on connection from " +
              client() + " F=<" + tame(sender) + ">");
}

void Trace::lost_after_data(std::string_view id) const
{
    log::main(std::string(id) + " SMTP connection lost after final dot " + host() + " P=" + origin_.protocol);
}

void Trace::lost_in_data(std::string_view where) const
{
    if (parameters_.log_lost_incoming_connection)
        log::main("SMTP connection from " + client() + " lost while reading message data" +
              (where.empty() ? "" : " (" + std::string(where) + ")"));
}

void Trace::incomplete(std::string_view how, std::string_view sender,
                       const std::vector<mail::Recipient>& recipients) const
{
    if (!parameters_.log_smtp_incomplete_transaction)
        return;
    std::string text = host() + " incomplete transaction (" + std::string(how) + ") from <" + tame(sender) + ">";
    for (std::size_t i = 0; i < recipients.size() && i < most_shown_recipients; ++i)
        text += (i == 0 ? " for " : " ") + tame(recipients[i].address);
    log::main(text);
}

}
