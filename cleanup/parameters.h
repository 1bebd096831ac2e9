// What master tells a cleanup service; members are named for the main options they come from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/mail/milter.h"

namespace gp::cleanup {

struct Parameters {
    std::string primary_hostname;
    std::string qualify_domain;
    std::string qualify_recipient;

    // Headers (manual chapter 48).
    bool received_header_text_is_set = false; // router expands it; else the default is made here
    std::string software = "Gatepost";    // in parentheses in Received:
    bool message_id_header_is_set = false; // message_id_header_domain or _text: router expands them
    std::uint32_t received_headers_max = 30;
    std::uint64_t header_maxsize = 1024 * 1024;
    std::uint64_t header_line_maxsize = 0; // 0: no limit of its own
    bool local_from_check = true;
    std::string local_from_prefix, local_from_suffix;
    bool local_sender_retain = false;
    bool return_path_remove = true;
    bool delivery_date_remove = true;
    bool envelope_to_remove = true;
    bool tls_required_header = false;
    bool bulk_yields = true;
    bool extract_addresses_remove_arguments = true;
    bool strip_excess_angle_brackets = false;
    bool strip_trailing_dot = false;
    bool allow_utf8_domains = false;
    std::string headers_charset = "UTF-8"; // of what the log shows of a header

    // Limits.
    std::uint64_t message_size_limit = 50ull * 1024 * 1024; // for local submissions; 0: none
    std::uint64_t large_message = 256 * 1024;               // spool_large_message: a body beyond it gets a file of its own
    std::uint64_t recipients_max = 50000;
    std::uint32_t messages_at_once = 2000;                  // in this process
    std::uint64_t check_spool_space = 10ull * 1024 * 1024;
    std::uint64_t check_spool_inodes = 100;
    std::uint32_t message_body_visible = 500;
    std::uint32_t dkim_signatures_max = 20;
    bool judges_unsigned = false;  // acl_smtp_dkim has something to say of a message without a signature
    std::uint32_t mime_parts_max = 1000;
    std::uint32_t mime_depth_max = 30;
    std::uint64_t mime_decode_limit = 64ull * 1024 * 1024;
    std::uint32_t router_timeout = 300;                     // seconds
    std::uint32_t cleanup_timeout = 600;
    std::uint32_t spool_timeout = 300;

    // Which phases have an ACL: bit (1 << router::Phase).
    std::uint64_t phases = 0;
    bool rewriting = false; // the rewrite section has rules for envelopes or headers
    bool mua_wrapper = false; // messages may be carried at once (Submit::deliver_now)
    std::uint32_t remote_uid = 0; // whose the connections are over which messages are cut through

    // Milters: the first set is of smtpd_milters, the second of non_smtpd_milters, then listeners' own.
    std::vector<mail::MilterSet> milter_sets;
    std::uint64_t milter_answer_limit = 10ull * 1024 * 1024;
    std::uint32_t milter_sessions_max = 1000;
    std::uint32_t milter_failures_max = 3; // 0: a milter is tried each time
    std::uint32_t milter_retry = 30;       // seconds
    std::string milter_macro_v;

    // Words of the arrival line (log_selector).
    bool log_received_recipients = false;
    bool log_received_sender = false;
    bool log_subject = false;
    bool log_tls_cipher = true;
    bool log_tls_certificate_verified = true;
    bool log_tls_peerdn = false;
    bool log_tls_sni = false;
    bool log_smtp_mailauth = false;
    bool log_incoming_interface = false;
    bool log_proxy = false;
    bool log_incoming_port = false;
    std::string log_ports = "*"; // whose numbers are logged (common/base/port_list.h)
    bool log_connection_id = false;
    bool log_8bitmime = false;
    bool log_dkim = true;
    bool log_msg_id = true;
    bool log_msg_id_created = false;
    bool log_receive_time = false;
    bool log_pipelining = false;
    std::string log_selector; // of the lines of deliveries
    bool log_millisec = false;

    static void fields(auto& self, auto&& field)
    {
        field("primary_hostname", self.primary_hostname);
        field("qualify_domain", self.qualify_domain);
        field("qualify_recipient", self.qualify_recipient);
        field("received_header_text_is_set", self.received_header_text_is_set);
        field("software", self.software);
        field("message_id_header_is_set", self.message_id_header_is_set);
        field("received_headers_max", self.received_headers_max);
        field("tls_required_header", self.tls_required_header);
        field("bulk_yields", self.bulk_yields);
        field("header_maxsize", self.header_maxsize);
        field("header_line_maxsize", self.header_line_maxsize);
        field("local_from_check", self.local_from_check);
        field("local_from_prefix", self.local_from_prefix);
        field("local_from_suffix", self.local_from_suffix);
        field("local_sender_retain", self.local_sender_retain);
        field("return_path_remove", self.return_path_remove);
        field("delivery_date_remove", self.delivery_date_remove);
        field("envelope_to_remove", self.envelope_to_remove);
        field("extract_addresses_remove_arguments", self.extract_addresses_remove_arguments);
        field("strip_excess_angle_brackets", self.strip_excess_angle_brackets);
        field("strip_trailing_dot", self.strip_trailing_dot);
        field("allow_utf8_domains", self.allow_utf8_domains);
        field("headers_charset", self.headers_charset);
        field("message_size_limit", self.message_size_limit);
        field("large_message", self.large_message);
        field("recipients_max", self.recipients_max);
        field("messages_at_once", self.messages_at_once);
        field("check_spool_space", self.check_spool_space);
        field("check_spool_inodes", self.check_spool_inodes);
        field("message_body_visible", self.message_body_visible);
        field("dkim_signatures_max", self.dkim_signatures_max);
        field("judges_unsigned", self.judges_unsigned);
        field("mime_parts_max", self.mime_parts_max);
        field("mime_depth_max", self.mime_depth_max);
        field("mime_decode_limit", self.mime_decode_limit);
        field("router_timeout", self.router_timeout);
        field("cleanup_timeout", self.cleanup_timeout);
        field("spool_timeout", self.spool_timeout);
        field("phases", self.phases);
        field("rewriting", self.rewriting);
        field("mua_wrapper", self.mua_wrapper);
        field("remote_uid", self.remote_uid);
        field("milter_sets", self.milter_sets);
        field("milter_answer_limit", self.milter_answer_limit);
        field("milter_sessions_max", self.milter_sessions_max);
        field("milter_failures_max", self.milter_failures_max);
        field("milter_retry", self.milter_retry);
        field("milter_macro_v", self.milter_macro_v);
        field("log_received_recipients", self.log_received_recipients);
        field("log_received_sender", self.log_received_sender);
        field("log_subject", self.log_subject);
        field("log_tls_cipher", self.log_tls_cipher);
        field("log_tls_certificate_verified", self.log_tls_certificate_verified);
        field("log_tls_peerdn", self.log_tls_peerdn);
        field("log_tls_sni", self.log_tls_sni);
        field("log_smtp_mailauth", self.log_smtp_mailauth);
        field("log_incoming_interface", self.log_incoming_interface);
        field("log_proxy", self.log_proxy);
        field("log_incoming_port", self.log_incoming_port);
        field("log_ports", self.log_ports);
        field("log_connection_id", self.log_connection_id);
        field("log_8bitmime", self.log_8bitmime);
        field("log_dkim", self.log_dkim);
        field("log_msg_id", self.log_msg_id);
        field("log_msg_id_created", self.log_msg_id_created);
        field("log_receive_time", self.log_receive_time);
        field("log_pipelining", self.log_pipelining);
        field("log_selector", self.log_selector);
        field("log_millisec", self.log_millisec);
    }
};

}
