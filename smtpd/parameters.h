// What master tells a receiving service; members are named for the main options they come from.
// Nothing here is secret, and nothing is expanded: what depends on the client is in GreetReply.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "router/policy_protocol.h"

namespace gp::smtpd {

// The public half of a certificate; the private key is in keyd under this number.
struct Certificate {
    std::string chain_pem;  // leaf first
    std::uint32_t key = 0;
    std::string file;       // as tls_certificate expands to
    std::string ocsp = {};  // what its responder says of it; empty: nothing is shown
    static void fields(auto& self, auto&& field)
    {
        field("chain_pem", self.chain_pem);
        field("key", self.key);
        field("file", self.file);
        field("ocsp", self.ocsp);
    }
};

// smtp_ratelimit_mail, smtp_ratelimit_rcpt: from which command on a client waits, and how long (manual 14.23).
struct SlowDown {
    std::uint32_t threshold = 0;
    std::uint64_t first_us = 0; // 0: nobody waits
    std::uint64_t factor_millionths = 1'000'000;
    std::uint64_t most_us = 0;
    static void fields(auto& self, auto&& field)
    {
        field("threshold", self.threshold);
        field("first_us", self.first_us);
        field("factor_millionths", self.factor_millionths);
        field("most_us", self.most_us);
    }
};

struct Parameters {
    std::string primary_hostname;
    std::string qualify_domain;
    std::string qualify_recipient;
    std::string software = "Gatepost"; // in the banner and Received: "$primary_hostname ESMTP <software> <date>"

    // The first question of a session, answered once for all clients: no ACL at connect, no host list
    // or expansion that looks at the client. An empty banner is the default one, with the date.
    bool greeting_is_constant = false;
    router::GreetReply greeting;

    // Which phases have something to say in router: bit (1 << router::Phase). An ACL; for helo also
    // helo_verify_hosts and the like; for mail and rcpt also rewriting rules for SMTP addresses.
    std::uint64_t phases = 0;
    bool makes_callouts = false; // ACLs may ask other hosts, which takes its time

    std::uint32_t milter_set = 0; // cleanup's number of the milters that are asked here; 0: none

    // Bounds of connections; counts are of this process, the limit is the suite's divided by the
    // number of processes (rounded up). 0: no limit.
    std::uint32_t processes = 1;
    std::uint32_t smtp_accept_max = 20;
    std::uint32_t smtp_accept_max_per_host = 0; // 0 also when it is an expansion: each client's greeting has it then
    std::uint32_t smtp_accept_max_per_connection = 1000;
    std::uint32_t smtp_accept_max_nonmail = 10;
    std::uint32_t submit_connections_per_uid = 50;
    std::uint32_t smtp_accept_queue = 0;
    // Exim's default of 10 bounds processes that deliver, which we do not start for a message: 0 unless the
    // configuration sets it.
    std::uint32_t smtp_accept_queue_per_connection = 0;
    bool smtp_accept_keepalive = true;
    std::uint32_t smtp_backlog_monitor = 0; // waiting connections beyond which it is logged; 0: never
    std::uint32_t smtp_accept_reserve = 0; // of smtp_accept_max, for smtp_reserve_hosts
    SlowDown slow_mail, slow_rcpt;
    bool hosts_connection_nolog_is_set = false; // router says of whom nothing is logged

    bool hosts_proxy_is_set = false; // router says who of them is one
    // Times, in seconds.
    std::uint32_t proxy_protocol_timeout = 3; // the header of the PROXY protocol
    std::uint32_t smtp_receive_timeout = 300; // one command, one read of data; 0: none
    std::uint32_t smtp_send_timeout = 300;    // one reply
    std::uint32_t session_max = 24 * 3600;    // gatepost: a whole session
    std::uint32_t router_timeout = 300;       // a question to router
    std::uint32_t cleanup_timeout = 600;      // a message's commit
    std::uint32_t tls_handshake_timeout = 300;

    // Patience.
    std::uint32_t smtp_max_synprot_errors = 3;
    std::uint32_t smtp_max_unknown_commands = 3;
    std::uint32_t auth_failures_max = 10;     // gatepost: wrong passwords in one session; 0: no limit
    bool smtp_enforce_sync = true;

    // Messages.
    bool mua_wrapper = false; // a local program's message is delivered before it is answered
    std::uint64_t message_size_limit = 50ull * 1024 * 1024; // 0: none; GreetReply's wins when it is set
    std::uint32_t recipients_max = 50000;                   // 0: none
    bool recipients_max_reject = false;
    std::uint64_t recipients_memory = 6ull * 1024 * 1024;   // gatepost: octets of one message's recipients
    bool smtp_check_spool_space = true;
    std::int64_t check_spool_space = 10 * 1024 * 1024;
    bool queue_only = false;
    bool queue_only_override = true;

    // Line ends: what is done with data that has a bare CR or LF in it.
    enum class BareNewline : std::uint8_t { reject, normalize };
    BareNewline bare_newline = BareNewline::reject;         // gatepost: smtp_bare_newline

    // Syntax.
    bool allow_domain_literals = false;
    bool allow_utf8_domains = false;
    bool strip_excess_angle_brackets = false;
    bool strip_trailing_dot = false;
    std::string helo_allow_chars;
    bool helo_lookup_own = true; // helo_lookup_domains has its default
    bool smtputf8_offered = true;            // to clients of smtputf8_advertise_hosts
    bool prdr_enable = false;
    bool ignore_fromline_local = false;
    bool enhanced_status_codes = false;      // gatepost: ENHANCEDSTATUSCODES is advertised and codes go in front
    bool rewrites_paths = false;             // rewriting rules with flag S: router sees addresses first
    std::uint32_t smtp_command_max = 16 * 1024; // octets of one command line

    // TLS.
    std::vector<Certificate> tls_certificates; // none: STARTTLS is never offered
    bool tls_asks_certificate = false;         // router says for each client which of them it gets
    std::string tls_require_ciphers;
    std::string openssl_options;
    std::string tls_eccurve;
    bool tls_try_verify = false;             // ask for a client certificate
    std::string tls_verify_certificates_pem; // whom to believe
    std::string tls_crl_pem;                 // and whom no more
    std::vector<std::string> tls_protocols;  // tls_alpn: a client that names others alone is refused
    bool tls_remember_esmtp = false;         // EHLO need not be said again after STARTTLS
    // tls_resumption_hosts, hosts_require_alpn: all clients, none, or router says which (router/tls_protocol.h).
    enum class Clients : std::uint8_t { none, all, asked };
    Clients tls_resumption = Clients::none;
    Clients tls_needs_alpn = Clients::none;
    bool raises_events = false;              // the main option event_action is set
    bool tls_tells_peer = false, tls_tells_own = false; // some text wants $tls_in_peercert, $tls_in_ourcert

    // Words of log lines (log_selector).
    bool log_smtp_connection = false;
    bool log_smtp_syntax_error = false;
    bool log_smtp_protocol_error = false;
    bool log_smtp_incomplete_transaction = false;
    bool log_smtp_no_mail = false;
    bool log_lost_incoming_connection = true;
    bool log_delay_delivery = true;
    bool log_connection_reject = true;
    bool log_size_reject = true;
    bool log_etrn = true;
    bool log_incoming_interface = false;
    bool log_incoming_port = false;
    std::string log_ports = "*"; // whose numbers are logged (common/base/port_list.h)
    bool log_tls_cipher = true;
    bool log_tls_sni = false;
    bool log_tls_peerdn = false;
    bool log_tls_certificate_verified = true;
    bool log_connection_id = false;
    bool log_tls_on_connect = false;
    bool log_protocol_detail = false;
    bool log_tls_resumption = false;
    bool log_pipelining = false;
    bool log_millisec = false;
    bool log_rejected_headers = true;        // the headers of a refused message go to the reject log

    static void fields(auto& self, auto&& field)
    {
        field("primary_hostname", self.primary_hostname);
        field("qualify_domain", self.qualify_domain);
        field("qualify_recipient", self.qualify_recipient);
        field("software", self.software);
        field("greeting_is_constant", self.greeting_is_constant);
        field("greeting", self.greeting);
        field("phases", self.phases);
        field("makes_callouts", self.makes_callouts);
        field("milter_set", self.milter_set);
        field("processes", self.processes);
        field("smtp_accept_max", self.smtp_accept_max);
        field("smtp_accept_max_per_host", self.smtp_accept_max_per_host);
        field("smtp_accept_max_per_connection", self.smtp_accept_max_per_connection);
        field("smtp_accept_max_nonmail", self.smtp_accept_max_nonmail);
        field("submit_connections_per_uid", self.submit_connections_per_uid);
        field("smtp_accept_queue", self.smtp_accept_queue);
        field("smtp_accept_queue_per_connection", self.smtp_accept_queue_per_connection);
        field("smtp_accept_keepalive", self.smtp_accept_keepalive);
        field("smtp_backlog_monitor", self.smtp_backlog_monitor);
        field("smtp_accept_reserve", self.smtp_accept_reserve);
        field("slow_mail", self.slow_mail);
        field("slow_rcpt", self.slow_rcpt);
        field("hosts_connection_nolog_is_set", self.hosts_connection_nolog_is_set);
        field("hosts_proxy_is_set", self.hosts_proxy_is_set);
        field("proxy_protocol_timeout", self.proxy_protocol_timeout);
        field("smtp_receive_timeout", self.smtp_receive_timeout);
        field("smtp_send_timeout", self.smtp_send_timeout);
        field("session_max", self.session_max);
        field("router_timeout", self.router_timeout);
        field("cleanup_timeout", self.cleanup_timeout);
        field("tls_handshake_timeout", self.tls_handshake_timeout);
        field("smtp_max_synprot_errors", self.smtp_max_synprot_errors);
        field("smtp_max_unknown_commands", self.smtp_max_unknown_commands);
        field("auth_failures_max", self.auth_failures_max);
        field("smtp_enforce_sync", self.smtp_enforce_sync);
        field("mua_wrapper", self.mua_wrapper);
        field("message_size_limit", self.message_size_limit);
        field("recipients_max", self.recipients_max);
        field("recipients_max_reject", self.recipients_max_reject);
        field("recipients_memory", self.recipients_memory);
        field("smtp_check_spool_space", self.smtp_check_spool_space);
        field("check_spool_space", self.check_spool_space);
        field("queue_only", self.queue_only);
        field("queue_only_override", self.queue_only_override);
        field("bare_newline", self.bare_newline);
        field("allow_domain_literals", self.allow_domain_literals);
        field("allow_utf8_domains", self.allow_utf8_domains);
        field("strip_excess_angle_brackets", self.strip_excess_angle_brackets);
        field("strip_trailing_dot", self.strip_trailing_dot);
        field("helo_allow_chars", self.helo_allow_chars);
        field("helo_lookup_own", self.helo_lookup_own);
        field("smtputf8_offered", self.smtputf8_offered);
        field("prdr_enable", self.prdr_enable);
        field("ignore_fromline_local", self.ignore_fromline_local);
        field("enhanced_status_codes", self.enhanced_status_codes);
        field("rewrites_paths", self.rewrites_paths);
        field("smtp_command_max", self.smtp_command_max);
        field("tls_certificates", self.tls_certificates);
        field("tls_asks_certificate", self.tls_asks_certificate);
        field("tls_require_ciphers", self.tls_require_ciphers);
        field("openssl_options", self.openssl_options);
        field("tls_eccurve", self.tls_eccurve);
        field("tls_try_verify", self.tls_try_verify);
        field("tls_verify_certificates_pem", self.tls_verify_certificates_pem);
        field("tls_crl_pem", self.tls_crl_pem);
        field("tls_protocols", self.tls_protocols);
        field("tls_remember_esmtp", self.tls_remember_esmtp);
        field("tls_resumption", self.tls_resumption);
        field("tls_needs_alpn", self.tls_needs_alpn);
        field("raises_events", self.raises_events);
        field("tls_tells_peer", self.tls_tells_peer);
        field("tls_tells_own", self.tls_tells_own);
        field("log_smtp_connection", self.log_smtp_connection);
        field("log_smtp_syntax_error", self.log_smtp_syntax_error);
        field("log_smtp_protocol_error", self.log_smtp_protocol_error);
        field("log_smtp_incomplete_transaction", self.log_smtp_incomplete_transaction);
        field("log_smtp_no_mail", self.log_smtp_no_mail);
        field("log_lost_incoming_connection", self.log_lost_incoming_connection);
        field("log_delay_delivery", self.log_delay_delivery);
        field("log_connection_reject", self.log_connection_reject);
        field("log_size_reject", self.log_size_reject);
        field("log_etrn", self.log_etrn);
        field("log_incoming_interface", self.log_incoming_interface);
        field("log_incoming_port", self.log_incoming_port);
        field("log_ports", self.log_ports);
        field("log_tls_cipher", self.log_tls_cipher);
        field("log_tls_sni", self.log_tls_sni);
        field("log_tls_peerdn", self.log_tls_peerdn);
        field("log_tls_certificate_verified", self.log_tls_certificate_verified);
        field("log_connection_id", self.log_connection_id);
        field("log_tls_on_connect", self.log_tls_on_connect);
        field("log_protocol_detail", self.log_protocol_detail);
        field("log_tls_resumption", self.log_tls_resumption);
        field("log_pipelining", self.log_pipelining);
        field("log_millisec", self.log_millisec);
        field("log_rejected_headers", self.log_rejected_headers);
    }
};
constexpr Parameters::BareNewline enum_limit(Parameters::BareNewline)
{
    return Parameters::BareNewline::normalize;
}
constexpr Parameters::Clients enum_limit(Parameters::Clients)
{
    return Parameters::Clients::asked;
}

}
