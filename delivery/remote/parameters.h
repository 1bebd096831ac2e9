// What the SMTP and LMTP client is told at its start. What concerns one transport comes with each delivery.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::remote {

// A certificate that a transport may show to servers; its key is in keyd.
struct ClientCertificate {
    std::string tls_certificate; // as the transport's option names it
    std::string chain_pem;
    std::uint32_t key = 0;       // number in keyd
    static void fields(auto& self, auto&& field)
    {
        field("tls_certificate", self.tls_certificate);
        field("chain_pem", self.chain_pem);
        field("key", self.key);
    }
};

// A key that keyd signs DKIM with.
struct DkimKey {
    std::string file; // as dkim_private_key expands to
    std::uint32_t key = 0;
    std::string algorithm = "rsa"; // or "ed25519"
    static void fields(auto& self, auto&& field)
    {
        field("file", self.file);
        field("key", self.key);
        field("algorithm", self.algorithm);
    }
};

struct Parameters {
    std::string primary_hostname;        // helo_data's default
    std::vector<ClientCertificate> certificates;
    std::vector<DkimKey> dkim_keys;
    std::uint32_t connections_max = 2000;        // of one process; a delivery waits for room
    std::uint32_t connection_keep = 3;           // seconds that an idle connection waits for another message
    std::uint32_t exim_connection_messages = 10; // over one connection to a host that greets as Exim or one of ours; 0: no bound
    std::uint32_t idle_connections_max = 500;    // kept so, in all
    std::uint32_t idle_per_host_max = 20;        // and to one host
    std::uint32_t reply_line_limit = 2048;       // octets of one reply line; the rest is cut off
    std::uint32_t pipelined_message_limit = 65536; // octets: a message up to this goes out with its BDAT in one
                                                   // write with MAIL and RCPT; larger ones wait for the replies
    std::uint32_t quit_timeout = 5;      // seconds for a server's answer to QUIT
    std::uint32_t spool_timeout = 60;    // seconds for an answer of spoold
    std::uint32_t finishing_timeout = 30;  // seconds for spoold to note that a message is about to be complete
    std::uint32_t recording_timeout = 600; // seconds for which a delivery that cannot be recorded is tried again
    std::uint32_t router_timeout = 60;   // seconds for an answer of router
    std::uint32_t keyd_timeout = 10;     // seconds for a signature
    bool logins_vary = true;             // what some client authenticator says may depend on the message
    bool has_filters = false;            // some transport has a transport_filter, which launcher runs
    std::string openssl_options;         // of every TLS session
    std::uint32_t tls_sessions_max = 1000; // that one process keeps to resume
    bool log_tls_resumption = false;     // a cipher in the log has a star when the session was resumed
    bool mua_wrapper = false;            // cleanup may ask for deliveries of what is not in the spool
    bool one_shot = false;               // a suite for one command: a connection ends with a message that was refused, as Exim's

    static void fields(auto& self, auto&& field)
    {
        field("primary_hostname", self.primary_hostname);
        field("certificates", self.certificates);
        field("dkim_keys", self.dkim_keys);
        field("connections_max", self.connections_max);
        field("connection_keep", self.connection_keep);
        field("exim_connection_messages", self.exim_connection_messages);
        field("idle_connections_max", self.idle_connections_max);
        field("idle_per_host_max", self.idle_per_host_max);
        field("reply_line_limit", self.reply_line_limit);
        field("pipelined_message_limit", self.pipelined_message_limit);
        field("quit_timeout", self.quit_timeout);
        field("spool_timeout", self.spool_timeout);
        field("finishing_timeout", self.finishing_timeout);
        field("recording_timeout", self.recording_timeout);
        field("router_timeout", self.router_timeout);
        field("keyd_timeout", self.keyd_timeout);
        field("logins_vary", self.logins_vary);
        field("has_filters", self.has_filters);
        field("openssl_options", self.openssl_options);
        field("tls_sessions_max", self.tls_sessions_max);
        field("log_tls_resumption", self.log_tls_resumption);
        field("mua_wrapper", self.mua_wrapper);
        field("one_shot", self.one_shot);
    }
};

}
