// What the configuration tells qmgr, in one block from master. Members have the names of Exim's main
// options where there is one; times are in seconds. Defaults are Exim's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::qmgr {

struct Parameters {
    std::string hints_directory;    // below the spool; "retry" is our file in it
    std::string log_selector;       // as configured: "+queue_time -retry_defer"
    std::string log_ports = "*";    // whose numbers are logged (common/base/port_list.h)
    std::vector<std::string> retry; // the retry section, one rule a line, patterns expanded
    std::uint32_t retry_data_expire = 7 * 86400;
    std::uint32_t retry_interval_max = 86400; // never more than a day
    // the queue
    bool queue_only = false;
    std::vector<std::string> queue_only_file; // files that do the same by being there; "smtp/…": for SMTP alone
    bool queue_only_override = true;   // a message may ask for delivery at once (-odi, -odb)
    std::int64_t queue_only_load = -1; // thousandths; negative: unset
    bool queue_only_load_latch = true;
    std::int64_t deliver_queue_load_max = -1;
    bool queue_run_in_order = false;
    std::uint32_t queue_run_max = 5;      // runs at the same time; 0: no limit
    std::uint32_t queue_interval = 0;     // -q30m; 0: runs only when somebody asks
    std::uint32_t queue_run_parallel = 0; // messages of one run in work at once; 0: as many as there is room
    std::uint32_t queue_run_examines =
        1000; // in a queue of up to so many, a run looks at every message and
              // logs why it waits, as Exim does; in a longer one it takes those due
    bool one_shot = false; // a suite for one command: in a short queue one thing is done after the other, as Exim does
    bool guest = false;    // of a suite that shares another one's spool and hints (common/service/guests.h)
    // what becomes of old and undeliverable messages
    std::vector<std::uint32_t> delay_warning{86400};
    bool delay_warning_condition = true; // there is a condition: router is asked for it
    std::uint32_t received_headers_max = 30; // 0: no limit
    bool expands_bounces = false, expands_warnings = false; // router expands the texts of bounce_message_file, warn_message_file
    bool has_errors_copy = false;          // router expands the option for each bounce
    bool message_records = false;          // lines of JSON for the record log
    std::string freeze_tell; // addresses with commas between them
    std::uint32_t auto_thaw = 0;
    std::uint32_t timeout_frozen_after = 0;
    std::uint32_t ignore_bounce_errors_after = 10 * 7 * 86400;
    // bounds; all but remote_max_parallel are ours
    std::uint32_t remote_max_parallel =
        0; // remote deliveries of one message at once; 0: windows and slots decide
    std::uint32_t local_max_parallel = 8; // local deliveries of one message at once
    std::uint32_t local_first = 2;        // how long remote deliveries of a message wait for its local ones
    std::uint32_t queue_active_limit = 20000;       // messages in work, with their envelopes in memory
    std::uint32_t queue_active_recipients = 200000; // and their recipients; one message is always let in
    std::uint32_t destination_concurrency = 20;     // ceiling of a destination's window
    std::uint32_t destination_concurrency_start = 5;
    std::uint32_t local_destination_concurrency = 1; // deliveries to one mailbox at once: more would wait for each other's locks
    std::uint32_t maildir_concurrency = 4; // a Maildir needs no lock
    std::uint32_t pace_entries_max = 200'000; // hosts and senders with a pace of their own, about 1 KiB each
    std::uint32_t destination_backlog = 1000; // messages in memory that wait for one destination; more wait on disk
    std::uint32_t destination_backlog_free = 5000; // the same while half of queue_active_limit is free
    std::vector<std::string> host_connections, host_message_rate, sender_message_rate; // conf/params/pace.h
    bool host_limits_learned = true;
    std::uint32_t host_limit_interval = 60, host_limit_memory = 3600;
    std::uint32_t link_outage_hosts = 5, link_outage_after = 600, link_outage_max = 7 * 86400, link_outage_retry = 900; // link_watch.h
    std::vector<std::string> link_inner_networks;
    std::uint32_t destination_memory = 600; // an idle destination's window is remembered so long
    std::uint32_t remote_delivery_limit = 1000;
    std::uint32_t local_delivery_limit = 64;
    std::uint32_t route_cache_entries = 20000;
    std::uint32_t routing_limit = 256;     // questions to router at once
    std::uint32_t closing_limit = 512;     // messages whose end is being recorded at once
    std::uint32_t delivery_timeout = 7200; // one delivery, all hosts and recipients together
    std::uint32_t ipc_timeout = 120;       // an answer of router, spoold or bounce
    std::uint32_t trouble_delay =
        5; // first pause after a failure of our own; doubled up to trouble_delay_max
    std::uint32_t trouble_delay_max = 300;
    std::uint32_t report_pause = 2; // after a report that was not acknowledged, before the spool is asked
    std::uint32_t lease_check = 30; // how often spoold is asked about a message that an agent holds
    std::uint32_t hints_flush = 60;
    // who may ask for what
    bool prod_requires_admin = true;
    bool queue_list_requires_admin = true;
    std::uint32_t spool_uid = 0;             // the instance's own user is an administrator, as root is
    std::vector<std::uint32_t> admin_groups; // by number
    std::uint32_t shared_uid = 0, shared_gid = 0; // as whom local deliveries without a user are made; 0: nobody
    std::uint32_t control_clients = 100;     // connections to the control socket
    bool routing_needs_headers = false;      // a router looks at $h_…
    bool move_frozen_messages = false;
    bool account_counting = true;            // see accounts.h
    std::uint32_t account_rate_jump = 0, account_rate_floor = 100;
    std::uint32_t account_failure_share = 0; // percent
    std::uint32_t account_max = 10'000;
    std::vector<std::string> silent_routers, silent_transports; // those with disable_logging
    bool raises_events = false;              // the main option event_action is set
    bool events_need_headers = false;        // one or the other event_action looks at $h_…
    bool has_system_filter = false;          // router runs it at the start of each attempt
    std::uint32_t routing_body_octets = 0;   // a filter looks at so much of either end of the body

    static void fields(auto& self, auto&& field)
    {
        field("hints_directory", self.hints_directory);
        field("log_selector", self.log_selector);
        field("log_ports", self.log_ports);
        field("retry", self.retry);
        field("retry_data_expire", self.retry_data_expire);
        field("retry_interval_max", self.retry_interval_max);
        field("queue_only", self.queue_only);
        field("queue_only_file", self.queue_only_file);
        field("queue_only_override", self.queue_only_override);
        field("queue_only_load", self.queue_only_load);
        field("queue_only_load_latch", self.queue_only_load_latch);
        field("deliver_queue_load_max", self.deliver_queue_load_max);
        field("queue_run_in_order", self.queue_run_in_order);
        field("queue_run_max", self.queue_run_max);
        field("queue_interval", self.queue_interval);
        field("queue_run_parallel", self.queue_run_parallel);
        field("queue_run_examines", self.queue_run_examines);
        field("one_shot", self.one_shot);
        field("guest", self.guest);
        field("delay_warning", self.delay_warning);
        field("delay_warning_condition", self.delay_warning_condition);
        field("received_headers_max", self.received_headers_max);
        field("expands_bounces", self.expands_bounces);
        field("expands_warnings", self.expands_warnings);
        field("has_errors_copy", self.has_errors_copy);
        field("message_records", self.message_records);
        field("freeze_tell", self.freeze_tell);
        field("auto_thaw", self.auto_thaw);
        field("timeout_frozen_after", self.timeout_frozen_after);
        field("ignore_bounce_errors_after", self.ignore_bounce_errors_after);
        field("remote_max_parallel", self.remote_max_parallel);
        field("local_max_parallel", self.local_max_parallel);
        field("local_first", self.local_first);
        field("queue_active_limit", self.queue_active_limit);
        field("queue_active_recipients", self.queue_active_recipients);
        field("destination_concurrency", self.destination_concurrency);
        field("destination_concurrency_start", self.destination_concurrency_start);
        field("local_destination_concurrency", self.local_destination_concurrency);
        field("maildir_concurrency", self.maildir_concurrency);
        field("destination_backlog", self.destination_backlog);
        field("destination_backlog_free", self.destination_backlog_free);
        field("pace_entries_max", self.pace_entries_max);
        field("host_connections", self.host_connections);
        field("host_message_rate", self.host_message_rate);
        field("sender_message_rate", self.sender_message_rate);
        field("host_limits_learned", self.host_limits_learned);
        field("host_limit_interval", self.host_limit_interval);
        field("host_limit_memory", self.host_limit_memory);
        field("link_outage_hosts", self.link_outage_hosts);
        field("link_outage_after", self.link_outage_after);
        field("link_outage_max", self.link_outage_max);
        field("link_outage_retry", self.link_outage_retry);
        field("link_inner_networks", self.link_inner_networks);
        field("destination_memory", self.destination_memory);
        field("remote_delivery_limit", self.remote_delivery_limit);
        field("local_delivery_limit", self.local_delivery_limit);
        field("route_cache_entries", self.route_cache_entries);
        field("routing_limit", self.routing_limit);
        field("closing_limit", self.closing_limit);
        field("delivery_timeout", self.delivery_timeout);
        field("ipc_timeout", self.ipc_timeout);
        field("trouble_delay", self.trouble_delay);
        field("trouble_delay_max", self.trouble_delay_max);
        field("report_pause", self.report_pause);
        field("lease_check", self.lease_check);
        field("hints_flush", self.hints_flush);
        field("prod_requires_admin", self.prod_requires_admin);
        field("queue_list_requires_admin", self.queue_list_requires_admin);
        field("spool_uid", self.spool_uid);
        field("admin_groups", self.admin_groups);
        field("shared_uid", self.shared_uid);
        field("shared_gid", self.shared_gid);
        field("control_clients", self.control_clients);
        field("routing_needs_headers", self.routing_needs_headers);
        field("account_counting", self.account_counting);
        field("account_rate_jump", self.account_rate_jump);
        field("account_rate_floor", self.account_rate_floor);
        field("account_failure_share", self.account_failure_share);
        field("account_max", self.account_max);
        field("move_frozen_messages", self.move_frozen_messages);
        field("silent_routers", self.silent_routers);
        field("silent_transports", self.silent_transports);
        field("raises_events", self.raises_events);
        field("events_need_headers", self.events_need_headers);
        field("has_system_filter", self.has_system_filter);
        field("routing_body_octets", self.routing_body_octets);
    }
};

}
