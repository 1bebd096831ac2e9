// What a client is greeted with, and what becomes of it at each phase of its session: the questions that ACLs answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/message.h"
#include "common/mail/envelope.h"
#include "common/mail/mime_part.h"
#include "common/mail/policy_state.h"
#include "common/mail/signature.h"

namespace gp::router {

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
    std::string first_text;        // lines that the client hears before `text`, as they are
    std::string first_log_text;    // a log line before the refusal's: why the sender does not verify
    std::string address;           // mail and rcpt: the address qualified and rewritten; else empty
    std::uint32_t delay_ms = 0;    // hold the reply for this long
    std::uint32_t log_targets = mail::log_to_main | mail::log_to_reject; // log_reject_target
    PolicyState state;
    // helo only: what is offered behind AUTH; and whom the client's certificate has authenticated already.
    std::vector<std::string> auth_mechanisms;
    std::string authenticator, authenticated_id;
    // And the client's name, when that it gave for its own made us look (helo_lookup_domains).
    std::string host_name;
    bool host_lookup_failed = false;
    // rcpt only, with control = cutthrough_delivery: the connection that the message is to go out over, and that it has
    // one no more.
    ipc::Fd cut;
    bool drops_cut = false;
    static void fields(auto& self, auto&& field)
    {
        field("verdict", self.verdict);
        field("code", self.code);
        field("enhanced", self.enhanced);
        field("text", self.text);
        field("log_text", self.log_text);
        field("first_text", self.first_text);
        field("first_log_text", self.first_log_text);
        field("address", self.address);
        field("delay_ms", self.delay_ms);
        field("log_targets", self.log_targets);
        field("state", self.state);
        field("auth_mechanisms", self.auth_mechanisms);
        field("authenticator", self.authenticator);
        field("authenticated_id", self.authenticated_id);
        field("host_name", self.host_name);
        field("host_lookup_failed", self.host_lookup_failed);
        field("cut", self.cut);
        field("drops_cut", self.drops_cut);
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
    std::uint32_t body_lines = 0, longest_line = 0;
    std::string body_start;             // message_body_visible octets of the body
    std::string body_end;
    PolicyState state;
    std::uint32_t recipients_count = 0; // accepted so far; `recipients` itself is sent from predata on
    std::vector<mail::MimePart> parts;  // at mime: the ACL runs for each of them
    std::vector<mail::Signature> signatures; // at dkim: each is checked, and the ACL runs for each signer
    bool prdr_requested = false;        // of MAIL
    ipc::Fd cut;                        // at rcpt: AskReply::cut of the recipients before

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
        field("longest_line", self.longest_line);
        field("body_start", self.body_start);
        field("body_end", self.body_end);
        field("state", self.state);
        field("recipients_count", self.recipients_count);
        field("parts", self.parts);
        field("signatures", self.signatures);
        field("prdr_requested", self.prdr_requested);
        field("cut", self.cut);
    }
};

// "Who is this client, and how do we greet it?" The first question of a session, unless the parameter
// block already has the answer (Parameters::greeting_is_constant).
struct GreetReply {
    AskReply verdict;            // of acl_smtp_connect and host_reject_connection
    std::string banner;          // without "220 "
    std::string active_hostname; // smtp_active_hostname: our name in this session; empty: primary_hostname
    bool has_banner = false;     // smtp_banner is set, and be it to nothing
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
    bool is_rate_limited = false;     // smtp_ratelimit_hosts
    bool is_reserve_host = false;     // smtp_reserve_hosts
    bool is_logged = true;            // not in hosts_connection_nolog
    bool is_refused_host = false;     // host_reject_connection
    bool offers_xclient = false;      // hosts_xclient: it may say for whom it speaks
    std::uint32_t max_nonmail = 10;
    std::uint32_t max_per_host = 0;   // smtp_accept_max_per_host where it is an expansion; 0: no limit
    static void fields(auto& self, auto&& field)
    {
        field("verdict", self.verdict);
        field("banner", self.banner);
        field("active_hostname", self.active_hostname);
        field("has_banner", self.has_banner);
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
        field("is_rate_limited", self.is_rate_limited);
        field("is_reserve_host", self.is_reserve_host);
        field("is_logged", self.is_logged);
        field("is_refused_host", self.is_refused_host);
        field("offers_xclient", self.offers_xclient);
        field("max_nonmail", self.max_nonmail);
        field("max_per_host", self.max_per_host);
    }
};

struct Greet {
    static constexpr std::string_view name = "greet";
    static constexpr bool repeatable = true;
    using Reply = GreetReply;
    mail::Origin origin;
    static void fields(auto& self, auto&& field) { field("origin", self.origin); }
};

// "Does it speak the PROXY protocol?" Asked before anything is read, where hosts_proxy is set.
struct ProxyAnswer {
    bool is_proxy = false;
    static void fields(auto& self, auto&& field) { field("is_proxy", self.is_proxy); }
};

struct AskProxy {
    static constexpr std::string_view name = "ask_proxy";
    static constexpr bool repeatable = true;
    using Reply = ProxyAnswer;
    mail::Origin origin;
    static void fields(auto& self, auto&& field) { field("origin", self.origin); }
};

}
