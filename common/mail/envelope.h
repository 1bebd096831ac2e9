// A message's envelope: where it came from, for whom it is, and what was decided about it. Values
// only; fields() serves the wire and the spool alike. A field that is added later goes to the end
// of its struct: the spool's form skips names it does not know and leaves absent ones as they are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::mail {

// DSN: RFC 3461 section 4.1.
enum Notify : std::uint32_t { notify_never = 1, notify_success = 2, notify_failure = 4, notify_delay = 8 };

struct Recipient {
    std::string address;       // qualified, after rewriting; the case of the local part is kept
    std::uint32_t notify = 0;  // Notify bits; 0: as nothing was said
    std::string orcpt;         // "rfc822;user@host" in xtext, as it was said
    std::string original;      // as RCPT or the header had it, when rewriting changed it
    bool done = false;         // delivered, or failed and reported
    std::string errors_to;     // redirection's errors_to with one_time; else empty

    static void fields(auto& self, auto&& field)
    {
        field("address", self.address);
        field("notify", self.notify);
        field("orcpt", self.orcpt);
        field("original", self.original);
        field("done", self.done);
        field("errors_to", self.errors_to);
    }
};

// A proxy in front of the client (hosts_proxy, hosts_xclient); without addresses when it asks for itself.
struct Proxy {
    bool is_there = false;
    std::string local_address;     // of the proxy, as it connected to us
    std::uint32_t local_port = 0;
    std::string external_address;  // of the proxy, as the client knows it
    std::uint32_t external_port = 0;

    static void fields(auto& self, auto&& field)
    {
        field("is_there", self.is_there);
        field("local_address", self.local_address);
        field("local_port", self.local_port);
        field("external_address", self.external_address);
        field("external_port", self.external_port);
    }
};

// The connection or the local program that a message came from.
struct Origin {
    std::string host_address;      // empty: a local program
    std::uint32_t host_port = 0;
    std::string host_name;         // verified by the reverse look-up, else empty
    bool host_lookup_failed = false;
    bool host_lookup_deferred = false;
    std::string helo_name;
    std::string interface_address;
    std::uint32_t interface_port = 0;
    std::string protocol;          // "esmtps", "local", "local-bsmtp" … (manual, $received_protocol)
    std::string ident;             // RFC 1413, or the login of a local program
    std::string authenticator;     // name of the driver that authenticated the client
    std::string authenticated_id;
    std::string authenticated_sender; // AUTH= of MAIL
    std::string tls_cipher;        // "TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256"
    std::string tls_version;
    std::string tls_sni;
    std::string tls_peer_dn;
    bool tls_certificate_verified = false;
    std::uint32_t uid = 0;         // of the local program, or of smtpd
    std::uint32_t gid = 0;
    std::string login;             // login name of the caller
    bool local = false;            // came from a program of this machine and not by SMTP over a network
    bool trusted = false;          // a trusted user may say what others may not (manual chapter 5.2)
    std::string tls_cipher_std;    // the standard's name: "TLS_AES_256_GCM_SHA384"
    Proxy proxy;
    bool login_failed = false;     // AUTH was tried and failed
    std::string failed_id;         // and for whom it was last
    std::string connection_id;     // of the SMTP session: process and number (log_selector +connection_id)
    std::uint32_t connections = 0; // how many there were when it began, itself included

    static void fields(auto& self, auto&& field)
    {
        field("host_address", self.host_address);
        field("host_port", self.host_port);
        field("host_name", self.host_name);
        field("host_lookup_failed", self.host_lookup_failed);
        field("host_lookup_deferred", self.host_lookup_deferred);
        field("helo_name", self.helo_name);
        field("interface_address", self.interface_address);
        field("interface_port", self.interface_port);
        field("protocol", self.protocol);
        field("ident", self.ident);
        field("authenticator", self.authenticator);
        field("authenticated_id", self.authenticated_id);
        field("authenticated_sender", self.authenticated_sender);
        field("tls_cipher", self.tls_cipher);
        field("tls_version", self.tls_version);
        field("tls_sni", self.tls_sni);
        field("tls_peer_dn", self.tls_peer_dn);
        field("tls_certificate_verified", self.tls_certificate_verified);
        field("uid", self.uid);
        field("gid", self.gid);
        field("login", self.login);
        field("local", self.local);
        field("trusted", self.trusted);
        field("tls_cipher_std", self.tls_cipher_std);
        field("proxy", self.proxy);
        field("login_failed", self.login_failed);
        field("failed_id", self.failed_id);
        field("connection_id", self.connection_id);
        field("connections", self.connections);
    }
};

// A policy variable that lives as long as the message ($acl_m_…) or the connection ($acl_c_…).
struct Variable {
    std::string name; // "m_spam", "c0"
    std::string value;
    bool tainted = true;

    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("value", self.value);
        field("tainted", self.tainted);
    }
};

// What the system filter did to the headers, in its order: lines added at the end, or names removed.
struct HeaderStep {
    bool remove = false;
    std::string text; // complete lines, or names between colons

    static void fields(auto& self, auto&& field)
    {
        field("remove", self.remove);
        field("text", self.text);
    }
};

enum class BodyType : std::uint8_t { seven_bit, eight_bit_mime };
enum class DsnReturn : std::uint8_t { unset, headers, full };

struct Envelope {
    std::string id;                 // Exim's 6-6-2 form
    std::int64_t received = 0;      // microseconds since 1970
    std::string sender;             // empty: the null sender
    std::string sender_original;    // before rewriting; empty when it is the same
    std::vector<Recipient> recipients;
    std::vector<std::string> done_children; // addresses below a recipient that are delivered already
    Origin origin;
    std::vector<Variable> variables;
    BodyType body = BodyType::seven_bit;
    bool smtputf8 = false;
    DsnReturn dsn_return = DsnReturn::unset;
    std::string dsn_envid;
    std::uint32_t header_count = 0;
    std::uint32_t body_lines = 0;
    std::uint32_t longest_line = 0;   // octets of the longest line that was received
    std::uint32_t received_count = 0; // Received: headers
    bool sender_set_by_caller = false; // -f was used (sender_set_untrusted)
    bool suppress_local_fixups = false;
    bool manual_thaw = false;
    bool frozen = false;
    std::int64_t frozen_at = 0;     // seconds
    std::string queue;              // named queue; empty: the default one
    bool queue_only = false;        // no immediate attempt (-odq, control = queue)
    bool queue_smtp_only = false;   // -odqs
    std::uint32_t warnings_sent = 0; // delay warnings
    bool is_bounce = false;         // made by bounce
    std::string settles;            // a bounce: the id of the message whose recipients it reports …
    std::vector<std::uint32_t> settles_recipients; // … and which: done in the same commit
    std::vector<HeaderStep> header_steps; // of the system filter, for all later attempts
    bool dont_deliver = false;      // -N: all but the transport itself; it sticks to the message

    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("received", self.received);
        field("sender", self.sender);
        field("sender_original", self.sender_original);
        field("recipients", self.recipients);
        field("done_children", self.done_children);
        field("origin", self.origin);
        field("variables", self.variables);
        field("body", self.body);
        field("smtputf8", self.smtputf8);
        field("dsn_return", self.dsn_return);
        field("dsn_envid", self.dsn_envid);
        field("header_count", self.header_count);
        field("body_lines", self.body_lines);
        field("longest_line", self.longest_line);
        field("received_count", self.received_count);
        field("sender_set_by_caller", self.sender_set_by_caller);
        field("suppress_local_fixups", self.suppress_local_fixups);
        field("manual_thaw", self.manual_thaw);
        field("frozen", self.frozen);
        field("frozen_at", self.frozen_at);
        field("queue", self.queue);
        field("queue_only", self.queue_only);
        field("queue_smtp_only", self.queue_smtp_only);
        field("warnings_sent", self.warnings_sent);
        field("is_bounce", self.is_bounce);
        field("settles", self.settles);
        field("settles_recipients", self.settles_recipients);
        field("dont_deliver", self.dont_deliver);
        field("header_steps", self.header_steps);
    }
};

constexpr BodyType enum_limit(BodyType)
{
    return BodyType::eight_bit_mime;
}
constexpr DsnReturn enum_limit(DsnReturn)
{
    return DsnReturn::full;
}

}
