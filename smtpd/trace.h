// Every line that a session writes to Exim's logs, one function each, in Exim 4.96's forms.
//
// What strangers said is escaped here. A refusal goes to the main log and to the reject log.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/duration.h"
#include "common/mail/envelope.h"
#include "common/smtp/reply.h"
#include "smtpd/parameters.h"

namespace gp::smtpd {

class Trace {
public:
    static constexpr std::size_t most_commands = 20; // in C=; of more, the last ones
    // Of the connection, where the log wants them.
    struct Marks {
        bool tls_on_connect = false;
    };
    Trace(const Parameters& parameters, const mail::Origin& origin) : Trace(parameters, origin, Marks{}) {}
    Trace(const Parameters& parameters, const mail::Origin& origin, Marks marks)
        : parameters_(parameters), origin_(origin), marks_(std::move(marks))
    {}

    // Who hears of the events smtp:fail:protocol and smtp:fail:syntax (manual 61).
    using Teller = std::function<void(std::string_view event, std::string_view data)>;
    void tell(Teller teller) { teller_ = std::move(teller); }

    // log_reject_target: where lines go as long as this lives.
    class Targets {
    public:
        Targets(Trace& trace, std::uint32_t targets) : trace_(trace), before_(std::exchange(trace.targets_, targets)) {}
        ~Targets() { trace_.targets_ = before_; }
        Targets(const Targets&) = delete;
        Targets& operator=(const Targets&) = delete;

    private:
        Trace& trace_;
        std::uint32_t before_;
    };

    void mark(mail::Envelope& envelope) const; // for the line of its arrival
    // PIPECONNECT was offered, and used or not.
    void early_pipe(bool is_used) { early_pipe_ = is_used ? "*" : "."; }
    void tls_resumed(bool is_resumed) { is_resumed_ = is_resumed; }
    // "(foo) [192.0.2.1]:99 I=[192.0.2.2]:25 U=joe", or the login of a local program.
    std::string client() const;

    void connected(std::size_t connections) const;
    void mute_connection() { is_muted_ = true; }         // hosts_connection_nolog
    void bad_proxy(std::string_view why) const;          // no client is named in a PROXY header
    void refused_host() const;                           // host_reject_connection
    void rejected_connection(bool temporarily, std::string_view why) const; // by acl_smtp_connect
    void refused_connection(std::string_view why) const; // no place
    void not_greeted(std::string_view why) const;        // our own trouble
    void reset_after_quit(bool over_tls) const;
    void closed(std::string_view how) const;             // "closed by QUIT", "closed by DROP in ACL"
    void lost(bool in_transaction, std::string_view duration) const;
    void delivery_waits(std::string_view id, std::string_view why) const;
    void no_mail(std::string_view duration, const std::vector<std::string_view>& commands) const;
    void command_timeout(bool over_tls) const;
    void tls_failed(std::string_view why) const;
    // "plain authenticator failed for (foo) [192.0.2.1]: 535 Incorrect authentication data (set_id=joe)"
    void auth_failed(std::string_view authenticator, std::string_view why) const;
    void skipped_wait(Duration time, std::string_view who_asks) const; // of a test session
    void ignored_auth_parameter(std::string_view value, std::string_view why) const;

    void spoke_too_early(std::string_view input) const; // before the banner
    void spoke_too_soon(std::string_view command, std::string_view input, bool pipelining) const;
    void syntax_error(std::string_view command, std::string_view why) const;
    void protocol_error(std::string_view command, std::string_view why) const;
    void too_many_errors(std::string_view command, const std::vector<std::string_view>& commands) const;
    void too_many_unknown(std::string_view command) const;
    void too_many_nonmail(std::string_view verb) const;

    void invalid_hello(std::string_view verb, std::string_view argument) const;
    void false_name(std::string_view verb, std::string_view argument) const; // helo_verify_hosts
    void no_hello() const;
    void etrn(std::string_view argument) const;
    void atrn(std::string_view argument) const;
    void atrn_failed(std::string_view argument, std::string_view why) const;
    void etrn_failed(std::string_view argument, std::string_view why) const;
    void cut_greeting(unsigned code, std::string_view text) const; // of EHLO, by an ACL
    void unqualified(std::string_view whose, std::string_view address) const; // "sender", "recipient"
    void too_many_messages() const;
    void too_many_recipients(std::string_view sender, bool rejected) const;
    void no_room(std::string_view sender) const;
    void message_too_big(std::string_view sender, std::uint64_t announced, std::uint64_t limit) const;

    // A refusal by policy: `what` is "MAIL <a@b>", "RCPT <x@y>", "connection in \"connect\" ACL".
    // Said before a refusal: why the sender does not verify. Nothing, when the text is empty.
    void first_line(std::string_view text) const;
    void rejected(std::string_view what, bool temporarily, std::string_view why) const;
    // The recipient as the client wrote it, brackets and all.
    void rejected_recipient(std::string_view sender, std::string_view recipient, bool temporarily,
                            std::string_view why) const;
    void discarded_recipient(std::string_view sender, std::string_view recipient, std::string_view which_acl,
                             std::string_view why) const;

    // After data: with the envelope and the headers in the reject log.
    struct Message {
        std::string_view id;
        std::string_view sender;
        const std::vector<mail::Recipient>& recipients;
        std::string_view headers;
        std::span<const std::uint32_t> old_headers = {}; // SubmitReply
    };
    void first_line(const Message& message, std::string_view text) const;
    // `where`: "during MIME ACL checks"; empty: "after DATA".
    void rejected_message(const Message& message, bool temporarily, std::string_view why, std::string_view where = {}) const;
    // By the host that it was cut through to; `about` is a recipient.
    void rejected_onward(const Message& message, std::string_view about, std::string_view where, std::string_view why) const;
    // "rejected from <a@b> H=…: message too big: read=2007 max=1000"
    void unfit_message(const Message& message, std::string_view why) const;
    // A line of the headers ends in a bare LF or CR; `headers` are those up to it.
    void bare_header(std::string_view sender, const std::vector<mail::Recipient>& recipients, std::string_view headers) const;
    void data_timeout(std::string_view id, std::string_view sender) const;
    void lost_after_data(std::string_view id) const;
    void lost_in_data(std::string_view where) const; // "header", "after header", and nothing in the body
    void incomplete(std::string_view how, std::string_view sender, const std::vector<mail::Recipient>& recipients) const;

private:
    std::string connection() const;
    std::string connection_words() const;
    std::string host() const; // "H=…" with blank before it, as rejections have it
    std::string tls() const;
    std::string login() const;
    void to_lines(std::string_view text) const;
    void to_both(std::string_view text) const;
    void to_both(std::string_view text, const Message& message) const;

    const Parameters& parameters_;
    const mail::Origin& origin_;
    Teller teller_;
    const Marks marks_;
    std::uint32_t targets_ = mail::log_to_main | mail::log_to_reject;
    bool is_muted_ = false, is_resumed_ = false;
    std::string_view early_pipe_; // the mark behind L; empty: it was not offered
};

// "0s", "1m2s": D= of the log.
std::string format_log_duration(Duration duration, bool milliseconds);

}
