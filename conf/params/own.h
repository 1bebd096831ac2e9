// Gatepost's additions to the main options: names that Exim does not have, all in this place.
#pragma once

#include <span>

#include "common/config/param.h"

namespace gp::conf {

struct Own {
    std::vector<std::string> dns_servers;   // ADDRESS or ADDRESS:PORT; empty: the system's
    std::string services_file;              // relative to the configuration file
    bool require_sandbox = false;
    Duration stop_deadline{}, ipc_timeout{}, router_timeout{}, cleanup_timeout{}, spool_timeout{};
    std::int64_t control_clients = 0;
    // spool and cleanup
    std::int64_t spool_segment_size = 0, spool_large_message = 0; // octets
    std::int64_t messages_at_once = 0;
    // SMTP input and local submission
    std::string smtp_bare_newline;          // "reject" or "normalize"
    Duration smtp_send_timeout{}, session_max{}, tls_handshake_timeout{};
    std::int64_t smtp_command_max = 0, recipients_memory = 0;
    bool enhanced_status_codes = false;
    std::int64_t submit_connections_per_uid = 0;
    Duration submit_drop_interval{};
    // routing
    Duration dns_timeout{};
    Duration scanner_connect_timeout{};
    std::int64_t scanner_answer_limit = 0;
    std::int64_t address_depth = 0, addresses_max = 0, alias_size_max = 0;
    // logs
    std::int64_t log_file_mode = 0, log_pending_limit = 0;
    // queue
    std::int64_t queue_run_examines = 0, queue_run_parallel = 0, queue_active_limit = 0, queue_active_recipients = 0;
    std::int64_t destination_concurrency = 0, destination_concurrency_start = 0, local_destination_concurrency = 0;
    std::int64_t destination_backlog = 0, destination_backlog_free = 0, pace_entries_max = 0;
    Duration destination_memory{};
    std::int64_t remote_delivery_limit = 0, local_delivery_limit = 0, local_max_parallel = 0;
    std::int64_t maildir_concurrency = 0, local_child_messages = 0, local_child_syncs = 0;
    Duration local_child_lifetime{}, local_child_idle{};
    Duration local_first{}, delivery_timeout{};
    std::int64_t route_cache_entries = 0, routing_limit = 0, closing_limit = 0;
    Duration trouble_delay{}, trouble_delay_max{}, lease_check{}, hints_flush{};

    static constexpr std::string_view title = "Gatepost";
    static std::span<const config::Param<Own>> params();
};

}
