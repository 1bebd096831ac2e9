// Main options of the receiving side: listeners, greeting, what is advertised, timeouts, patience.
#pragma once

#include <span>

#include "common/config/param.h"

namespace gp::conf {

struct SmtpInput {
    std::vector<std::string> daemon_smtp_ports; // names or numbers
    std::string local_interfaces;               // a list of addresses, perhaps with ports
    std::string extra_local_interfaces;
    std::string tls_on_connect_ports;
    std::int64_t smtp_connect_backlog = 0;
    std::int64_t smtp_accept_max = 0;
    std::int64_t smtp_accept_max_nonmail = 0;
    config::Expandable smtp_accept_max_nonmail_hosts;
    config::Expandable smtp_accept_max_per_connection; // a number, perhaps from an expansion
    config::Expandable smtp_accept_max_per_host;
    std::int64_t smtp_accept_reserve = 0;
    config::Expandable smtp_reserve_hosts;
    bool smtp_accept_keepalive = true;
    bool tcp_nodelay = true;
    config::Expandable smtp_receive_timeout; // a time, perhaps from an expansion
    config::Expandable smtp_banner;
    config::Expandable smtp_active_hostname;
    bool smtp_enforce_sync = true;
    bool smtp_check_spool_space = true;
    bool smtp_return_error_details = false;
    std::int64_t smtp_max_synprot_errors = 0;
    std::int64_t smtp_max_unknown_commands = 0;
    bool accept_8bitmime = true;
    config::Expandable pipelining_advertise_hosts;
    config::Expandable chunking_advertise_hosts;
    config::Expandable dsn_advertise_hosts;
    config::Expandable auth_advertise_hosts;
    config::Expandable helo_accept_junk_hosts;
    std::string helo_allow_chars;
    config::Expandable helo_lookup_domains;
    config::Expandable helo_verify_hosts, helo_try_verify_hosts;
    config::Expandable hosts_require_helo;
    config::Expandable host_lookup;
    std::string host_lookup_order;
    config::Expandable host_reject_connection;
    config::Expandable sender_unqualified_hosts, recipient_unqualified_hosts;
    bool allow_domain_literals = false;
    bool strip_excess_angle_brackets = false;
    bool strip_trailing_dot = false;

    static constexpr std::string_view title = "SMTP input";
    static std::span<const config::Param<SmtpInput>> params();
};

}
