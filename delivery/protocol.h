// qmgr hands work to the delivery agents: remote (SMTP, LMTP over TCP), launcher (local deliveries) and
// bounce (reports). One request is one message to addresses that share a transport and a destination.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/envelope.h"
#include "common/mail/tls_wish.h"
#include "router/routing_protocol.h"

namespace gp::delivery {

using router::no_error_number;

struct Target {
    std::uint32_t recipient = 0;   // index into the envelope
    bool completes = true;         // nothing else of that recipient is outstanding: done with this delivery
    std::string unique;            // Delivery::unique
    std::string address;           // final address
    std::string original;          // the recipient as the envelope has it
    std::vector<std::string> also; // recipients that came to the same address
    std::uint32_t notify = 0;
    std::string orcpt;
    std::string kind;              // "", "file", "pipe", "reply"
    static void fields(auto& self, auto&& field)
    {
        field("recipient", self.recipient);
        field("completes", self.completes);
        field("unique", self.unique);
        field("address", self.address);
        field("original", self.original);
        field("also", self.also);
        field("notify", self.notify);
        field("orcpt", self.orcpt);
        field("kind", self.kind);
    }
};

// The text of a pipe's delivery that failed because of its output.
inline constexpr std::string_view output_is_returned = "return message generated";

enum class Fate : std::uint8_t { delivered, deferred, failed };
constexpr Fate enum_limit(Fate)
{
    return Fate::failed;
}

// What became of one target, with all that its log line needs.
struct Outcome {
    std::uint32_t target = 0;    // index into Deliver::targets
    Fate fate = Fate::deferred;
    std::string text;            // the error, or the remote host's confirmation (C="…")
    std::string error_name;      // word of the retry rules: "timeout_connect", "refused_A", "quota_7d", "rcpt_4xx", "auth_failed" …
    std::uint32_t smtp_code = 0; // of the reply that decided
    std::string enhanced;
    std::string remote_mta;      // for RFC 3464
    std::string host_name, host_address;
    std::uint32_t host_port = 0;
    std::string interface_address;
    std::uint32_t interface_port = 0;
    std::string tls_cipher;
    bool tls_certificate_verified = false, dane = false;
    bool chunking = false, pipelining = false, connection_reused = false, dsn_relayed = false;
    std::string authenticated_as;
    bool host_error = false;     // the host's fault (connect, greeting): defers the host and not the message
    bool message_error = false;  // the message's fault with this host (4xx after DATA): host and message key
    bool freeze = false;
    std::string output;          // of a pipe: what return_output sends back
    std::uint64_t delivered_octets = 0;
    std::int32_t error_number = 0;   // as the log shows it: errno, or one of Exim's negative numbers
                                     // (qmgr/error_names.h); 0: the one that belongs to error_name
    std::string tls_peer_dn;
    bool prdr = false;
    bool requiretls = false;     // the host was told, and passes it on (RFC 8689)
    bool in_ascii = false;           // sender and address were converted, for the host has no SMTPUTF8 (utf8_downconvert)
    bool early_pipe = false;         // EHLO was said before the host had greeted: L*
    std::uint32_t transaction = 0;   // the number of the copy that this target went with, of one delivery over SMTP
    std::string proxy_address;       // of a SOCKS proxy that the connection went through
    std::uint32_t proxy_port = 0;
    bool unrecorded = false;         // delivered, but spoold could not be told: qmgr must record it
    bool is_setup = false;           // nothing was tried: the delivery is not allowed, and no clock runs
    std::string transport;           // when it was another one (file_format)
    std::string shadow;              // as the log has it: the shadow transport, and what went wrong with it
    std::string logged_output;       // of a pipe: the first line that it wrote, for a log line of its own (log_output)
    static void fields(auto& self, auto&& field)
    {
        field("target", self.target);
        field("fate", self.fate);
        field("text", self.text);
        field("error_name", self.error_name);
        field("smtp_code", self.smtp_code);
        field("enhanced", self.enhanced);
        field("remote_mta", self.remote_mta);
        field("host_name", self.host_name);
        field("host_address", self.host_address);
        field("host_port", self.host_port);
        field("interface_address", self.interface_address);
        field("interface_port", self.interface_port);
        field("tls_cipher", self.tls_cipher);
        field("tls_certificate_verified", self.tls_certificate_verified);
        field("dane", self.dane);
        field("chunking", self.chunking);
        field("pipelining", self.pipelining);
        field("connection_reused", self.connection_reused);
        field("dsn_relayed", self.dsn_relayed);
        field("authenticated_as", self.authenticated_as);
        field("host_error", self.host_error);
        field("message_error", self.message_error);
        field("freeze", self.freeze);
        field("output", self.output);
        field("delivered_octets", self.delivered_octets);
        field("error_number", self.error_number);
        field("tls_peer_dn", self.tls_peer_dn);
        field("prdr", self.prdr);
        field("requiretls", self.requiretls);
        field("in_ascii", self.in_ascii);
        field("early_pipe", self.early_pipe);
        field("transaction", self.transaction);
        field("proxy_address", self.proxy_address);
        field("proxy_port", self.proxy_port);
        field("unrecorded", self.unrecorded);
        field("is_setup", self.is_setup);
        field("transport", self.transport);
        field("shadow", self.shadow);
        field("logged_output", self.logged_output);
    }
};

// A host that was tried on the way and failed: feeds the retry hints of hosts, and qmgr writes its log line
// "H=name [address] Connection refused" or "H=name [address]: SMTP error from …".
struct HostFailure {
    std::string name, address;
    std::uint32_t port = 0;
    std::string error_name, text;
    std::int32_t error_number = 0;
    bool message_error = false;  // with this message only: the hint is for host and message together
    bool connected = false;      // there was a connection, whatever came of it
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("address", self.address);
        field("port", self.port);
        field("error_name", self.error_name);
        field("text", self.text);
        field("error_number", self.error_number);
        field("message_error", self.message_error);
        field("connected", self.connected);
    }
};

// What events may be told of a connection ($tls_out_…), from this transaction on.
struct ConnectionFacts {
    std::uint32_t transaction = 0;
    std::vector<router::Option> facts;
    static void fields(auto& self, auto&& field)
    {
        field("transaction", self.transaction);
        field("facts", self.facts);
    }
};

struct DeliverReply {
    std::vector<Outcome> outcomes;       // one for each target
    std::string new_message;             // of a local child, instead of outcomes: "submit this, and tell me"
    std::vector<std::string> made;       // ids of messages that were submitted on the way: automatic replies
    std::vector<HostFailure> host_failures;
    std::vector<router::Option> closed;  // facts of the connection that was closed last; whoever writes the log raises tcp:close
    std::vector<ConnectionFacts> connections; // with TLS, where the transport has an event_action
    std::uint64_t started = 0, ended = 0; // microseconds since 1970: QT=, DT=
    static void fields(auto& self, auto&& field)
    {
        field("outcomes", self.outcomes);
        field("new_message", self.new_message);
        field("made", self.made);
        field("host_failures", self.host_failures);
        field("closed", self.closed);
        field("connections", self.connections);
        field("started", self.started);
        field("ended", self.ended);
    }
};

struct Deliver {
    static constexpr std::string_view name = "deliver";
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = DeliverReply;
    std::string id;
    std::string ticket;
    router::Delivery instruction;        // of the first target; the others differ in address alone
    std::vector<Target> targets;
    std::string sender;                  // return path of this delivery
    std::uint64_t size = 0;
    std::int64_t received = 0;
    mail::BodyType body = mail::BodyType::seven_bit;
    bool smtputf8 = false;
    mail::TlsWish tls_wish = mail::TlsWish::usual;
    mail::DsnReturn dsn_return = mail::DsnReturn::unset;
    std::string dsn_envid;
    std::string authenticated_sender; // AUTH= of the message as it came
    std::uint32_t body_lines = 0;
    bool uncertain = false;              // an earlier attempt ended in the uncertain window
    std::vector<std::string> hosts_to_skip; // "address:port" whose retry time has not come
    std::uint32_t deadline = 0;          // seconds for the whole delivery
    std::uint64_t number = 0;            // of the asker; not 0: it wants to hear when the host has been spoken to (Spoken)
    bool is_counted = false;             // its host's connections are: the answer comes when this one is kept, or closed
    std::vector<router::ExpandOption> events; // one, where the transport has an event_action: what router is asked when
                                              // something happens, without the facts of it
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("ticket", self.ticket);
        field("instruction", self.instruction);
        field("targets", self.targets);
        field("sender", self.sender);
        field("size", self.size);
        field("received", self.received);
        field("body", self.body);
        field("smtputf8", self.smtputf8);
        field("tls_wish", self.tls_wish);
        field("dsn_return", self.dsn_return);
        field("dsn_envid", self.dsn_envid);
        field("authenticated_sender", self.authenticated_sender);
        field("body_lines", self.body_lines);
        field("uncertain", self.uncertain);
        field("hosts_to_skip", self.hosts_to_skip);
        field("deadline", self.deadline);
        field("number", self.number);
        field("is_counted", self.is_counted);
        field("events", self.events);
    }
};

// In front of the answer: the dialogue with the host is over, its connection is kept or closed, and only the spool's record
// is waited for. The next delivery to that destination may begin.
struct Spoken {
    static constexpr std::string_view name = "spoken";
    static constexpr std::size_t max_size = 64;
    std::uint64_t number = 0; // Deliver::number
    static void fields(auto& self, auto&& field) { field("number", self.number); }
};

// --- bounce ---

struct Failure {
    std::uint32_t recipient = 0;
    std::string address;         // final address
    std::string original;        // the recipient of the envelope
    std::string parent;          // the address that it was made of; empty: nobody made it
    std::string host;            // "mail.example [192.0.2.1]", when one was spoken to
    std::string orcpt;
    std::string text;            // as the log has it
    std::string smtp_reply;      // "550 5.1.1 no such user", when a host said so
    std::string remote_mta;
    std::string status;          // RFC 3463; empty: derived
    std::string output;          // of a pipe
    std::string unique;          // Delivery::unique or Unrouted::unique
    bool completes = true;       // nothing else of that recipient is outstanding: the report settles it. When
                                 // false only `unique` is done, and qmgr records that itself
    static void fields(auto& self, auto&& field)
    {
        field("recipient", self.recipient);
        field("address", self.address);
        field("original", self.original);
        field("parent", self.parent);
        field("host", self.host);
        field("orcpt", self.orcpt);
        field("text", self.text);
        field("smtp_reply", self.smtp_reply);
        field("remote_mta", self.remote_mta);
        field("status", self.status);
        field("output", self.output);
        field("unique", self.unique);
        field("completes", self.completes);
    }
};

struct ReportReply {
    std::string id; // of the report that is now in the queue
    static void fields(auto& self, auto&& field) { field("id", self.id); }
};

// "Tell the sender." The reply comes when the report is committed, and with it, in the same record, that
// the failed recipients are done. Never asked for a null sender.
struct Report {
    static constexpr std::string_view name = "report";
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = ReportReply;
    enum class Kind : std::uint8_t { failure, delay, success, notice };
    Kind kind = Kind::failure;
    std::string ticket;
    mail::Envelope envelope;     // of the message reported on
    std::string to;              // where the report goes: the sender, an errors_to, or the addresses of freeze_tell
    std::vector<std::string> copies; // errors_copy: who gets it too, without being named in it
    std::string subject, text;   // of a notice: plain words to an administrator
    std::vector<Failure> failures;
    std::vector<std::string> items; // of bounce_message_file or warn_message_file, expanded; empty: as bounce has them
    std::uint64_t size = 0;
    std::int64_t age = 0;        // seconds that the message has been waiting
    static void fields(auto& self, auto&& field)
    {
        field("age", self.age);
        field("kind", self.kind);
        field("ticket", self.ticket);
        field("envelope", self.envelope);
        field("to", self.to);
        field("copies", self.copies);
        field("subject", self.subject);
        field("text", self.text);
        field("failures", self.failures);
        field("items", self.items);
        field("size", self.size);
    }
};
constexpr Report::Kind enum_limit(Report::Kind)
{
    return Report::Kind::notice;
}

// "Tell somebody that redirection data is wrong" (syntax_errors_to). From the null sender, with no copy of the message.
struct TellOfErrors {
    static constexpr std::string_view name = "tell_of_errors";
    static constexpr std::size_t max_size = 1024 * 1024;
    using Reply = ReportReply;
    std::string id;              // of the message whose routing found it
    router::Notice notice;
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("notice", self.notice);
    }
};

}
