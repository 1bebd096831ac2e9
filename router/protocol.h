// What router is asked: policy at each phase of a session, where an address goes, and what a text
// expands to. smtpd, cleanup, qmgr and remote ask; any router process can answer any question, and
// every request is repeatable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/envelope.h"
#include "common/mail/policy_state.h"

namespace gp::router {

// --- policy -------------------------------------------------------------------------------------

// The points of manual chapter 44.2 at which a session or a message is judged.
enum class Phase : std::uint8_t {
    connect, helo, starttls, auth, mail, rcpt, predata, mime, dkim, data, data_prdr, not_smtp, not_smtp_start,
    not_smtp_mime, etrn, vrfy, expn, atrn, wellknown, quit, notquit, mailauth, count_
};
constexpr Phase enum_limit(Phase)
{
    return Phase::mailauth;
}

enum class Verdict : std::uint8_t { accept, deny, defer, discard, drop };
constexpr Verdict enum_limit(Verdict)
{
    return Verdict::drop;
}

using mail::HeaderEdit;
using mail::PolicyState;

struct AskReply {
    Verdict verdict = Verdict::accept;
    std::uint32_t code = 0;        // 0: the phase's usual one
    std::string enhanced;          // "5.7.1"; empty: the phase's usual one
    std::string text;              // what the client hears; lines separated by \n; empty: the phase's usual text
    std::string log_text;          // what the log says; empty: as text
    std::string address;           // mail and rcpt: the address qualified and rewritten; else empty
    std::uint32_t delay_ms = 0;    // hold the reply for this long
    PolicyState state;
    // helo only: what is offered behind AUTH; and whom the client's certificate has authenticated already.
    std::vector<std::string> auth_mechanisms;
    std::string authenticator, authenticated_id;
    static void fields(auto& self, auto&& field)
    {
        field("verdict", self.verdict);
        field("code", self.code);
        field("enhanced", self.enhanced);
        field("text", self.text);
        field("log_text", self.log_text);
        field("address", self.address);
        field("delay_ms", self.delay_ms);
        field("state", self.state);
        field("auth_mechanisms", self.auth_mechanisms);
        field("authenticator", self.authenticator);
        field("authenticated_id", self.authenticated_id);
    }
};

// "May it?" Asked by smtpd at each phase where the configuration has something to say, by cleanup at
// the end of data.
struct Ask {
    static constexpr std::string_view name = "ask";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 4 * 1024 * 1024;
    using Reply = AskReply;

    Phase phase = Phase::connect;
    std::string message_id;             // once there is one
    mail::Origin origin;
    std::string sender;                 // from mail on
    bool sender_given = false;          // MAIL was accepted (the null sender is empty too)
    std::vector<std::string> recipients; // accepted so far, from predata on
    std::uint32_t recipients_refused = 0;
    std::uint32_t recipients_deferred = 0;
    std::string argument;               // what this phase is about: the address, the HELO name, the mechanism
    std::string command;                // the line that the client sent; empty where no command asks
    std::string command_history;        // the session's latest verbs: "EHLO,MAIL"
    std::uint64_t size = 0;             // SIZE= of MAIL, then the true size
    std::string body;                   // BODY=
    std::string headers;                // at data: the header block
    std::uint32_t body_lines = 0;
    std::string body_start;             // message_body_visible octets of the body
    std::string body_end;
    PolicyState state;
    std::uint32_t recipients_count = 0; // accepted so far; `recipients` itself is sent from predata on

    static void fields(auto& self, auto&& field)
    {
        field("phase", self.phase);
        field("message_id", self.message_id);
        field("origin", self.origin);
        field("sender", self.sender);
        field("sender_given", self.sender_given);
        field("recipients", self.recipients);
        field("recipients_refused", self.recipients_refused);
        field("recipients_deferred", self.recipients_deferred);
        field("argument", self.argument);
        field("command", self.command);
        field("command_history", self.command_history);
        field("size", self.size);
        field("body", self.body);
        field("headers", self.headers);
        field("body_lines", self.body_lines);
        field("body_start", self.body_start);
        field("body_end", self.body_end);
        field("state", self.state);
        field("recipients_count", self.recipients_count);
    }
};

// "Who is this client, and how do we greet it?" The first question of a session, unless the parameter
// block already has the answer (Parameters::greeting_is_constant).
struct GreetReply {
    AskReply verdict;            // of acl_smtp_connect and host_reject_connection
    std::string banner;          // without "220 "
    std::string host_name;       // verified reverse name
    bool host_lookup_failed = false;
    bool host_lookup_deferred = false;
    std::uint64_t message_size_limit = 0;
    bool advertise_pipelining = true, advertise_chunking = true, advertise_tls = false;
    bool advertise_dsn = false, advertise_8bitmime = true;
    bool may_talk_early = false; // smtp_enforce_sync is off, or the host is exempt
    bool accept_junk_helo = false;
    bool allow_unqualified_sender = false, allow_unqualified_recipient = false;
    bool require_helo = true, advertise_smtputf8 = true, ignore_from_line = false;
    bool require_certificate = false; // tls_verify_hosts
    std::uint32_t max_nonmail = 10;
    static void fields(auto& self, auto&& field)
    {
        field("verdict", self.verdict);
        field("banner", self.banner);
        field("host_name", self.host_name);
        field("host_lookup_failed", self.host_lookup_failed);
        field("host_lookup_deferred", self.host_lookup_deferred);
        field("message_size_limit", self.message_size_limit);
        field("advertise_pipelining", self.advertise_pipelining);
        field("advertise_chunking", self.advertise_chunking);
        field("advertise_tls", self.advertise_tls);
        field("advertise_dsn", self.advertise_dsn);
        field("advertise_8bitmime", self.advertise_8bitmime);
        field("may_talk_early", self.may_talk_early);
        field("accept_junk_helo", self.accept_junk_helo);
        field("allow_unqualified_sender", self.allow_unqualified_sender);
        field("allow_unqualified_recipient", self.allow_unqualified_recipient);
        field("require_helo", self.require_helo);
        field("advertise_smtputf8", self.advertise_smtputf8);
        field("ignore_from_line", self.ignore_from_line);
        field("require_certificate", self.require_certificate);
        field("max_nonmail", self.max_nonmail);
    }
};

struct Greet {
    static constexpr std::string_view name = "greet";
    static constexpr bool repeatable = true;
    using Reply = GreetReply;
    mail::Origin origin;
    static void fields(auto& self, auto&& field) { field("origin", self.origin); }
};

// --- authentication -----------------------------------------------------------------------------

struct AuthReply {
    std::uint32_t code = 0;    // 334: `text` is a challenge in base64, and the exchange goes on
    std::string enhanced, text;
    std::uint64_t exchange = 0; // of the next step
    bool is_accepted = false;
    bool is_failure = false;    // wrong credentials, as opposed to a broken exchange
    std::string authenticator, authenticated_id;
    std::string failed_id;      // $authenticated_fail_id
    std::string log_text;       // of a refusal: "535 Incorrect authentication data (set_id=joe)"
    std::uint32_t delay_ms = 0;
    static void fields(auto& self, auto&& field)
    {
        field("code", self.code);
        field("enhanced", self.enhanced);
        field("text", self.text);
        field("exchange", self.exchange);
        field("is_accepted", self.is_accepted);
        field("is_failure", self.is_failure);
        field("authenticator", self.authenticator);
        field("authenticated_id", self.authenticated_id);
        field("failed_id", self.failed_id);
        field("log_text", self.log_text);
        field("delay_ms", self.delay_ms);
    }
};

// "Who is this?" AUTH of a client, step by step; all steps of one exchange are asked of one process.
struct Auth {
    static constexpr std::string_view name = "auth";
    using Reply = AuthReply;
    mail::Origin origin;
    std::string mechanism;      // as the client named it
    std::uint64_t exchange = 0; // 0: the first step
    bool has_data = false;
    std::string data;           // base64, as it came
    std::uint32_t failures = 0; // of this session before
    PolicyState state;
    static void fields(auto& self, auto&& field)
    {
        field("origin", self.origin);
        field("mechanism", self.mechanism);
        field("exchange", self.exchange);
        field("has_data", self.has_data);
        field("data", self.data);
        field("failures", self.failures);
        field("state", self.state);
    }
};

// --- routing ------------------------------------------------------------------------------------

// Marks that stand in an expanded option for what only the agent knows: $inode in directory_file, $message_size (the
// octets that were written) in maildir_tag. No configuration has such characters.
inline constexpr std::string_view inode_mark = "\x01", size_mark = "\x02";

// One option of a transport, expanded. The agent that gets it expands nothing.
struct Option {
    std::string name, value;
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("value", self.value);
    }
};

// A header of the message that is another one in this copy: headers_rewrite, domains that got their whole name.
// `before` is the header's whole text with its line ends.
struct HeaderChange {
    std::string before, after;
    static void fields(auto& self, auto&& field)
    {
        field("before", self.before);
        field("after", self.after);
    }
};

struct Host {
    std::string name;            // as the log shows it
    std::vector<std::string> addresses; // in the order to try; empty: the agent reports a deferral
    std::uint32_t port = 0;      // 0: the transport's
    std::int32_t mx = -1;        // preference; -1: not from an MX record
    bool dnssec = false;
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("addresses", self.addresses);
        field("port", self.port);
        field("mx", self.mx);
        field("dnssec", self.dnssec);
    }
};

// How one final address is delivered: flat, complete, no authority but what launcher checks again.
struct Delivery {
    std::string address;           // final: what RCPT TO or the mailbox gets
    std::string unique;            // identifies it over attempts: recorded when it is done
    std::string router;            // instance names, for the log
    std::string transport;
    std::string driver;            // "smtp", "appendfile", …
    std::string local_part, domain, prefix, suffix;
    std::string kind;              // "", "file", "pipe", "reply": made by redirect's /file, |command
    std::string parent;            // the address it came from; empty when it is the recipient itself
    std::vector<Option> options;
    std::vector<Host> hosts;
    std::vector<Host> fallback_hosts;
    std::string return_path;       // envelope sender for this delivery (errors_to)
    std::string headers_add;       // complete header lines
    std::vector<std::string> headers_remove; // names
    std::uint32_t uid = 0, gid = 0; // whom the child becomes; 0: not a local delivery
    std::string user;              // login name, for initgroups and logs
    std::vector<std::uint32_t> groups; // supplementary, when initgroups asks for them
    std::string home, current_directory;
    std::vector<std::string> environment; // "NAME=value" for pipes
    std::string retry_key;         // host or address key of the retry rules: "T:domain", "R:domain"
    std::uint32_t max_rcpt = 100, connection_max_messages = 500;
    bool dsn_lasthop = false;
    bool log_as_local = false;     // the router's option: a local delivery is logged by its local part
    bool queue_smtp = false;       // its domain is in queue_smtp_domains: SMTP waits for a queue run
    std::string one_time_parent;   // of a one_time redirection: what this address replaces when it must wait
    bool hidden_in_reports = false; // hide_child_in_errmsg: reports name the recipient instead
    std::vector<HeaderChange> header_changes; // made when the message is copied
    static void fields(auto& self, auto&& field)
    {
        field("address", self.address);
        field("unique", self.unique);
        field("router", self.router);
        field("transport", self.transport);
        field("driver", self.driver);
        field("local_part", self.local_part);
        field("domain", self.domain);
        field("prefix", self.prefix);
        field("suffix", self.suffix);
        field("kind", self.kind);
        field("parent", self.parent);
        field("options", self.options);
        field("hosts", self.hosts);
        field("fallback_hosts", self.fallback_hosts);
        field("return_path", self.return_path);
        field("headers_add", self.headers_add);
        field("headers_remove", self.headers_remove);
        field("uid", self.uid);
        field("gid", self.gid);
        field("user", self.user);
        field("groups", self.groups);
        field("home", self.home);
        field("current_directory", self.current_directory);
        field("environment", self.environment);
        field("retry_key", self.retry_key);
        field("max_rcpt", self.max_rcpt);
        field("connection_max_messages", self.connection_max_messages);
        field("dsn_lasthop", self.dsn_lasthop);
        field("log_as_local", self.log_as_local);
        field("queue_smtp", self.queue_smtp);
        field("one_time_parent", self.one_time_parent);
        field("hidden_in_reports", self.hidden_in_reports);
        field("header_changes", self.header_changes);
    }
};

// An address below a recipient that could not be routed, or was thrown away on purpose.
struct Unrouted {
    enum class Why : std::uint8_t { failed, deferred, discarded };
    Why why = Why::failed;
    std::string address;
    std::string unique;
    std::string router;
    std::string text;      // what the log and the bounce say
    std::string errors_to; // where the report goes when not to the sender; "<>" throws it away
    bool freeze = false;   // :defer: / :freeze: and routers that freeze
    std::string parent;    // the address it came from; empty when it is the recipient itself
    std::int32_t error_number = 0; // as the log shows it: -1 :defer:, -17 bad redirect data, -23 held, -36 DNS,
                                   // -56 in queue_domains …; 0: -1
    std::string error_name; // word of the retry rules: "lookup", or empty
    std::string retry_key;  // "R:domain" or "R:local@domain" by retry_use_local_part; empty: "R:" and the domain
    std::string one_time_parent;    // as Delivery's
    bool hidden_in_reports = false; // as Delivery's
    bool is_forced = false;         // by :fail: or :defer:, whose text an SMTP client may hear
    std::string user_text;          // what an SMTP client may hear, when not `text`
    std::string transport;          // of a pipe or file that is forbidden; "**bypassed**" of /dev/null
    static void fields(auto& self, auto&& field)
    {
        field("why", self.why);
        field("address", self.address);
        field("unique", self.unique);
        field("router", self.router);
        field("text", self.text);
        field("errors_to", self.errors_to);
        field("freeze", self.freeze);
        field("parent", self.parent);
        field("error_number", self.error_number);
        field("error_name", self.error_name);
        field("retry_key", self.retry_key);
        field("one_time_parent", self.one_time_parent);
        field("hidden_in_reports", self.hidden_in_reports);
        field("is_forced", self.is_forced);
        field("user_text", self.user_text);
        field("transport", self.transport);
    }
};
constexpr Unrouted::Why enum_limit(Unrouted::Why)
{
    return Unrouted::Why::discarded;
}

struct RoutedRecipient {
    std::uint32_t index = 0; // as asked
    std::vector<Delivery> deliveries;
    std::vector<Unrouted> unrouted;
    static void fields(auto& self, auto&& field)
    {
        field("index", self.index);
        field("deliveries", self.deliveries);
        field("unrouted", self.unrouted);
    }
};

struct RouteReply {
    std::vector<RoutedRecipient> recipients;
    // Seconds for which qmgr may give the same answer itself. A lifetime promises that the answer depends on
    // nothing but sender, recipient address, queue_run and forced; 0: ask again.
    std::uint32_t lifetime = 0;
    static void fields(auto& self, auto&& field)
    {
        field("recipients", self.recipients);
        field("lifetime", self.lifetime);
    }
};

struct RouteTarget {
    std::uint32_t index = 0; // into the envelope's recipients
    std::string address;
    static void fields(auto& self, auto&& field)
    {
        field("index", self.index);
        field("address", self.address);
    }
};

// "Where do these recipients of this message go?" Asked by qmgr, all recipients of one message that are
// due in one request.
struct Route {
    static constexpr std::string_view name = "route";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = RouteReply;
    std::string message_id;
    std::string sender;
    mail::Origin origin;
    std::vector<mail::Variable> variables;
    std::uint64_t size = 0;
    std::int64_t received = 0;
    std::string headers; // filled when the configuration's routers look at $h_… (Parameters::routing_needs_headers)
    std::string body_start, body_end; // for filters (Parameters::routing_body_octets)
    std::uint32_t body_lines = 0;
    std::vector<RouteTarget> targets;
    bool queue_run = false; // a later attempt: routers with `unseen`, first_delivery conditions
    bool forced = false;    // -M, -qf: hold_domains and queue_domains do not count
    static void fields(auto& self, auto&& field)
    {
        field("message_id", self.message_id);
        field("sender", self.sender);
        field("origin", self.origin);
        field("variables", self.variables);
        field("size", self.size);
        field("received", self.received);
        field("headers", self.headers);
        field("body_start", self.body_start);
        field("body_end", self.body_end);
        field("body_lines", self.body_lines);
        field("targets", self.targets);
        field("queue_run", self.queue_run);
        field("forced", self.forced);
    }
};

// "What does this text say for this message?" For options that depend on the message or the connection
// (received_header_text, hosts_require_tls …), by reference into the configuration: no text of the
// asker is ever expanded.
struct Expanded {
    std::string text;
    bool forced_failure = false;
    static void fields(auto& self, auto&& field)
    {
        field("text", self.text);
        field("forced_failure", self.forced_failure);
    }
};
struct ExpandOption {
    static constexpr std::string_view name = "expand_option";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 4 * 1024 * 1024;
    using Reply = Expanded;
    std::string section;  // "main", "transports"
    std::string instance; // of a driver; empty for main
    std::string option;
    std::string message_id;
    mail::Origin origin;
    std::string sender;
    std::vector<std::string> recipients;
    std::vector<mail::Variable> variables;
    std::string headers;
    std::uint64_t size = 0;
    std::vector<Option> facts; // variables of the asker's side: "host", "host_address", "tls_out_cipher" …
    static void fields(auto& self, auto&& field)
    {
        field("section", self.section);
        field("instance", self.instance);
        field("option", self.option);
        field("message_id", self.message_id);
        field("origin", self.origin);
        field("sender", self.sender);
        field("recipients", self.recipients);
        field("variables", self.variables);
        field("headers", self.headers);
        field("size", self.size);
        field("facts", self.facts);
    }
};

// --- rewriting ----------------------------------------------------------------------------------

struct Rewritten {
    std::string sender;
    std::vector<std::string> recipients; // one for each that was asked
    std::vector<HeaderChange> headers;   // those that changed
    static void fields(auto& self, auto&& field)
    {
        field("sender", self.sender);
        field("recipients", self.recipients);
        field("headers", self.headers);
    }
};

// "What do the rewriting rules make of this message?" (manual 31). Asked by cleanup once the headers are there;
// router writes what was done to the log.
struct Rewrite {
    static constexpr std::string_view name = "rewrite";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = Rewritten;
    std::string message_id;
    mail::Origin origin;
    std::vector<mail::Variable> variables;
    std::string sender;
    std::vector<std::string> recipients;
    std::string headers; // CRLF lines
    static void fields(auto& self, auto&& field)
    {
        field("message_id", self.message_id);
        field("origin", self.origin);
        field("variables", self.variables);
        field("sender", self.sender);
        field("recipients", self.recipients);
        field("headers", self.headers);
    }
};

// --- our own logins -----------------------------------------------------------------------------

struct LoginReply {
    enum class Kind : std::uint8_t { none, send, cancel, fail };
    Kind kind = Kind::none;     // none: no authenticator is left
    std::string authenticator, mechanism, set_id;
    bool has_data = false;
    std::string data;           // base64, for the server
    std::string why;            // of cancel and fail
    std::uint64_t exchange = 0;
    std::uint32_t next = 0;     // which authenticator is the next one to be tried
    bool is_convinced = true;   // the server may say 235 now
    static void fields(auto& self, auto&& field)
    {
        field("kind", self.kind);
        field("authenticator", self.authenticator);
        field("mechanism", self.mechanism);
        field("set_id", self.set_id);
        field("has_data", self.has_data);
        field("data", self.data);
        field("why", self.why);
        field("exchange", self.exchange);
        field("next", self.next);
        field("is_convinced", self.is_convinced);
    }
};
constexpr LoginReply::Kind enum_limit(LoginReply::Kind)
{
    return LoginReply::Kind::fail;
}

// "How do I log in at this host?" Asked by remote; secrets stay here, the data that goes out is the answer.
struct Login {
    static constexpr std::string_view name = "login";
    using Reply = LoginReply;
    std::vector<std::string> offered; // mechanisms of the server
    std::uint32_t from = 0;           // authenticators before this one were tried
    std::uint64_t exchange = 0;       // 0: the first step
    std::string challenge;            // base64, as the server said it
    std::string message_id, sender;
    mail::Origin origin;
    std::vector<mail::Variable> variables;
    std::vector<Option> facts;        // "host", "host_address", "tls_out_cipher" …
    static void fields(auto& self, auto&& field)
    {
        field("offered", self.offered);
        field("from", self.from);
        field("exchange", self.exchange);
        field("challenge", self.challenge);
        field("message_id", self.message_id);
        field("sender", self.sender);
        field("origin", self.origin);
        field("variables", self.variables);
        field("facts", self.facts);
    }
};

// --- local callers ------------------------------------------------------------------------------

// A local user as the configuration sees them (manual 5.2; gecos_name, unknown_login).
struct CallerReply {
    std::string login;
    std::string full_name;      // from the password entry, by gecos_pattern and gecos_name
    std::string home;
    bool trusted = false;       // trusted_users, trusted_groups, root, the instance's owner
    bool admin = false;         // admin_groups, root, the instance's owner
    bool may_set_sender = false; // untrusted_set_sender allows `sender`
    static void fields(auto& self, auto&& field)
    {
        field("login", self.login);
        field("full_name", self.full_name);
        field("home", self.home);
        field("trusted", self.trusted);
        field("admin", self.admin);
        field("may_set_sender", self.may_set_sender);
    }
};

// "Who is this local process, and what may it say?" Asked by submit, smtpd (local SMTP) and qmgr; the ids
// come from SO_PEERCRED and SO_PEERGROUPS.
struct Caller {
    static constexpr std::string_view name = "caller";
    static constexpr bool repeatable = true;
    using Reply = CallerReply;
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::uint32_t> groups;
    std::string sender; // wanted by -f; empty: not asked
    static void fields(auto& self, auto&& field)
    {
        field("uid", self.uid);
        field("gid", self.gid);
        field("groups", self.groups);
        field("sender", self.sender);
    }
};

}
