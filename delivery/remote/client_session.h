// A connection to one server, greeted and, as far as the policy wants, encrypted: ready for messages.
#pragma once

#include <memory>
#include <string>

#include "common/mail/tls_wish.h"
#include "common/net/connect.h"
#include "common/smtp/extension.h"
#include "delivery/remote/client_steps.h"
#include "delivery/remote/host_list.h"
#include "delivery/remote/options.h"
#include "delivery/remote/parameters.h"
#include "delivery/remote/protocol_driver.h"
#include "delivery/remote/tls_policy.h"
#include "delivery/remote/wire.h"
#include "router/dane_protocol.h"
#include "router/login_protocol.h"

namespace gp::remote {

struct TurnedLink;

// One address of one host, as the walk comes to it.
struct HostAddress {
    std::string host_name;
    net::Address address;
    std::uint16_t port = 0;
    std::int32_t mx = -1;
    bool dnssec = false;
    bool is_named_surely = false; // by its MX record: router::Host
    std::string certificate_name; // empty: host_name
    bool is_fallback = false;
    bool from_mx() const { return mx >= 0; }
};

// What does not change from host to host of a delivery.
struct Conditions {
    const Parameters& parameters;
    const SmtpOptions& options;
    const Protocol& protocol;
    const HostLists& lists;
    TlsContexts& contexts;
    std::string message_id;     // for log lines
    event::Deadline until;      // of the whole delivery
    // Ask router; may be empty.
    std::function<Result<router::LoginReply>(router::Login)> login;
    std::function<Result<std::string>(std::string_view option, std::vector<router::Option> facts)> option;
    std::function<Result<router::FoundTlsa>(const std::string& host, std::uint16_t port)> tlsa;
    // What hosts of hosts_pipe_connect answered to EHLO, by key (RouterQuestions); empty functions: nothing is remembered.
    std::function<std::string(const std::string& key)> recall_hello;
    std::function<void(const std::string& key, const std::string& extensions)> keep_hello;
    bool pipes_early = true;    // false: each answer is waited for, because one was not what it had been
    mail::TlsWish tls_wish = mail::TlsWish::usual; // of the message; required only where the host must pass it on
    bool mail_follows = true;   // at once: what the host has not answered yet is read behind the envelope
    // Where the transport has an event_action (manual 61): what it says to an event; and a connection was closed, whose
    // event waits for its turn in the log.
    std::function<std::string(std::string_view event, std::string_view data, std::vector<router::Option> facts)> event;
    std::function<void(std::vector<router::Option> facts)> closed;
};

class ClientSession {
public:
    // The session, or why there is none. When TLS fails and the policy allows it, a second connection goes on in
    // clear, and the log says so.
    struct Opened {
        std::unique_ptr<ClientSession> session;
        Trouble trouble;
        bool says_otherwise = false; // than it did before: called again, with patience, it may be served
    };
    static Opened open(const Conditions& conditions, const HostAddress& host);
    // Over a connection that the host has made (turned_session.cpp): greeted. Then, before each message, made to fit its
    // transport, or why it does not.
    static Opened take_over(const Conditions& conditions, TurnedLink& link);
    std::optional<Trouble> adapt(const Conditions& conditions);

    const HostAddress& host() const { return host_; }
    const net::SocketAddress& local() const { return local_; }
    const smtp::Extensions& offered() const { return offered_; }
    bool ignores_quota() const { return ignores_quota_; } // LMTP's IGNOREQUOTA was offered
    bool may_pipeline() const { return pipelining_; }
    bool may_chunk() const { return chunking_; }
    bool may_ask_for_prdr() const { return prdr_; } // a reply for each recipient after the data
    bool may_be_kept() const { return reusable_; }
    bool greeted_as_exim() const { return is_exim_; } // or as one of ours
    const tls::SessionFacts* tls() const { return wire_.tls(); }
    const std::string& authenticated_as() const { return authenticated_as_; } // "plain:joe"; empty: nobody
    bool marks_resumption() const { return marks_resumption_; } // in the log
    // Once nothing is owed any more.
    Wire& wire() { return wire_; }

    // PIPECONNECT: greeting and answer to EHLO are still to be read (early_hello.cpp). What is known of the host is what it
    // said another time; EHLO itself goes out with what is written next.
    bool is_early() const { return early_.owes_banner || early_.owes_hello; }
    bool was_early() const { return early_.was_used; }
    // The host does not say what it said before; nothing that was done here counts.
    bool says_otherwise() const { return early_.says_otherwise; }
    // Writes what waits, and reads what is still to be read.
    std::optional<Trouble> catch_up(const Conditions& conditions);
    Status write(std::string_view octets, event::Deadline until);

    std::uint32_t messages = 0; // sent over this connection
    bool needs_reset = false;   // a transaction was begun and not ended

    // "SMTP error from …": places for errors of later steps.
    Place place(Step step, std::string command = {}, bool pipelined = false) const;
    event::Deadline wait_for(Step step, const SmtpOptions& options, event::Deadline until) const;

    // Says goodbye and waits a little for the answer.
    void quit(Duration wait);

    const std::vector<router::Option>& proxy_facts() const { return proxy_facts_; } // nothing without a SOCKS proxy
    std::vector<router::Option> facts() const; // of the connection, for texts that router expands

private:
    ClientSession(const Conditions& conditions, const HostAddress& host, net::Connected connected);

    struct Failed { // of a step before the first message
        Trouble trouble;
        bool tls = false; // might go better in clear
        bool unanswered = false; // the server ended it without a word to EHLO
    };
    using Progress = std::optional<Failed>;
    using Reply = std::variant<ServerReply, Trouble>;

    // Straight, or through the first SOCKS proxy that answers.
    static Opened connect(const Conditions& conditions, const HostAddress& host);
    static Opened connect_to(const Conditions& conditions, const HostAddress& host, const net::SocketAddress& first,
                             event::Deadline until);
    static Opened connect_by_proxy(const Conditions& conditions, const HostAddress& host, event::Deadline until);
    static Opened open_once(const Conditions& conditions, const HostAddress& host, const TlsPolicy& policy, bool& tls_failed);
    Result<bool> says_hello_early(const Conditions& conditions, const std::string& command); // early_hello.cpp
    std::optional<Trouble> take_banner(const Conditions& conditions);
    std::optional<Trouble> take_early_answer(const Conditions& conditions);
    void take_hello(const Conditions& conditions, const ServerReply& reply);
    void note_hello(const Conditions& conditions);
    Reply read(const Conditions& conditions, const Place& at);
    Progress greet(const Conditions& conditions, const TlsPolicy& policy);
    Progress greet_in_tls(const Conditions& conditions, const TlsPolicy& policy);
    Progress hello(const Conditions& conditions);
    std::optional<Trouble> refused_by_event(const Conditions& conditions, std::string_view event, const ServerReply& reply) const;
    Progress secure(const Conditions& conditions, const TlsPolicy& policy);
    Progress handshake(const Conditions& conditions, const TlsPolicy& policy);
    static Failed tls_failure(const TlsPolicy& policy, std::string text, bool may_pass = false);
    Result<SmtpOptions> tls_options(const Conditions& conditions, const TlsPolicy& policy) const;
    Status resumption(const Conditions& conditions, const TlsPolicy& policy, const SmtpOptions& options, tls::ServerName& server) const;
    Result<std::string> true_name(const Conditions& conditions) const;
    Progress refused_by_certificate_event(const Conditions& conditions, const TlsPolicy& policy);
    Progress authenticate(const Conditions& conditions); // authentication.cpp
    Progress log_in(const Conditions& conditions, std::uint32_t& next, bool& tried);
    Status settle(const Conditions& conditions, const TlsPolicy& policy);
    Result<std::string> hello_name(const Conditions& conditions) const;
    Reply ask(const Conditions& conditions, Step step, const std::string& command);
    Reply ask(const Conditions& conditions, const Place& at, const std::string& command); // `at`: what errors show of it

    HostAddress host_;
    net::SocketAddress local_;
    std::vector<router::Option> proxy_facts_; // $proxy_local_address and its relatives
    Wire wire_;
    smtp::Extensions offered_;
    bool ignores_quota_ = false;
    std::string authenticated_as_;
    std::string hello_reply_;    // with its codes, for host_name_extract
    bool hello_is_told_ = false; // to the event smtp:ehlo, once
    bool marks_resumption_;
    struct Early {
        std::string key;        // of what is remembered; empty: the host is not in hosts_pipe_connect
        std::string remembered; // extensions, as they are kept
        std::string command;    // EHLO, whose answer is owed
        std::string unsent;
        bool owes_banner = true, owes_hello = false;
        bool was_used = false;
        bool says_otherwise = false;
    } early_;
    bool pipelining_ = false, chunking_ = false, prdr_ = false, reusable_ = true, is_exim_ = false;
};

// Asks for TLSA records of a host that DANE may or must protect, and puts them into the policy; a trouble where they cannot
// be had and must be (dane.cpp).
std::optional<Trouble> consult_dane(const Conditions& conditions, const HostAddress& host, TlsPolicy& policy);
void tell_dane_failure(const Conditions& conditions, const HostAddress& host, std::string_view why);

// Quits on a fiber of its own, so that nobody waits for a server's goodbye.
void say_goodbye(std::unique_ptr<ClientSession> session, Duration wait);

// What did not come, as an error at that place.
Trouble trouble_of(const NoReply& why, const Place& place);

}
