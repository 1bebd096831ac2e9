#include "conf/params/own.h"

namespace gp::conf {
namespace {

using config::Standing;
using config::Type;
using config::Use;
using M = Own;

// clang-format off
const config::Param<M> rows[] = {
    {"dns_servers", &M::dns_servers, Type::string_list, Use::literal, nullptr, Standing::supported,
     "The DNS servers to ask, each as ADDRESS or ADDRESS:PORT; the system's when unset.", true},
    {"services_file", &M::services_file, Type::string, Use::literal, "services.conf", Standing::supported,
     "The service table. A relative name lies beside the configuration file.", true},
    {"require_sandbox", &M::require_sandbox, Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a wall that this kernel cannot build keeps a service from starting, and is not only "
     "logged.", true},
    {"stop_deadline", {}, Type::time, Use::literal, "30s", Standing::supported,
     "How long a stop or a reload waits for conversations to end by themselves.", true},
    {"service_restart_wait", {}, Type::time, Use::literal, "1s", Standing::supported,
     "A service that ends is started again at once; when it ends young again, after this, and twice as long "
     "each time.", true},
    {"service_restart_longest", {}, Type::time, Use::literal, "1m", Standing::supported,
     "The longest wait before a service that has ended is started again; 0 is always at once.", true},
    {"service_restart_healthy", {}, Type::time, Use::literal, "10s", Standing::supported,
     "A service that has lived so long is not young any more, and its next start is at once.", true},
    {"finishing_timeout", {}, Type::time, Use::literal, "30s", Standing::supported,
     "The longest wait for the spool to note that a message is about to be complete at another host.", true},
    {"ipc_timeout", {}, Type::time, Use::literal, "2m", Standing::supported,
     "The longest wait for an answer of another process of the suite.", true},
    {"router_timeout", {}, Type::time, Use::literal, "5m", Standing::supported,
     "The longest wait for a decision of router.", true},
    {"cleanup_timeout", {}, Type::time, Use::literal, "10m", Standing::supported,
     "The longest wait for a message to be judged and stored.", true},
    {"spool_timeout", &M::spool_timeout, Type::time, Use::literal, "5m", Standing::supported,
     "The longest wait for the spool to be on stable storage.", true},
    {"control_clients", &M::control_clients, Type::integer, Use::literal, "100", Standing::supported,
     "How many commands may be connected to the queue manager at once.", true},
    {"spool_segment_size", &M::spool_segment_size, Type::size, Use::literal, "64M", Standing::supported,
     "The size of one segment of the spool's log.", true},
    {"spool_large_message", &M::spool_large_message, Type::size, Use::literal, "256K", Standing::supported,
     "From this size on a message gets a file of its own in the spool.", true},
    {"messages_at_once", &M::messages_at_once, Type::integer, Use::literal, "2000", Standing::supported,
     "How many messages one cleanup process has in hand at once.", true},
    {"smtp_bare_newline", &M::smtp_bare_newline, Type::string, Use::literal, "reject", Standing::supported,
     "What happens to a message with a bare CR or LF in it: reject, or normalize.", true},
    {"smtp_send_timeout", {}, Type::time, Use::literal, "5m", Standing::supported,
     "How long a client may take to read a reply.", true},
    {"smtp_command_max", &M::smtp_command_max, Type::size, Use::literal, "16K", Standing::supported,
     "The longest command line, in octets.", true},
    {"session_max", {}, Type::time, Use::literal, "1d", Standing::supported,
     "The longest session.", true},
    {"recipients_memory", &M::recipients_memory, Type::size, Use::literal, "16M", Standing::supported,
     "How many octets the recipients of one message may take.", true},
    {"tls_handshake_timeout", &M::tls_handshake_timeout, Type::time, Use::literal, "5m", Standing::supported,
     "How long a client may take for the TLS handshake.", true},
    {"enhanced_status_codes", &M::enhanced_status_codes, Type::boolean, Use::literal,
     "false", Standing::supported,
     "Whether ENHANCEDSTATUSCODES is offered, and replies carry codes as 5.7.1.", true},
    {"submit_connections_per_uid", &M::submit_connections_per_uid, Type::integer, Use::literal,
     "50", Standing::supported,
     "How many local submissions one user may have under way at once.", true},
    {"submit_drop_interval", &M::submit_drop_interval, Type::time, Use::literal, "1m", Standing::supported,
     "How often the drop directory is searched for messages of programs that ran while the suite was "
     "down.", true},
    {"log_file_mode", &M::log_file_mode, Type::octal, Use::literal, "0640", Standing::supported,
     "The permissions of log files.", true},
    {"log_pending_limit", &M::log_pending_limit, Type::size, Use::literal, "16M", Standing::supported,
     "How much is kept in memory while a log file cannot be written.", true},
    {"queue_run_examines", &M::queue_run_examines, Type::integer, Use::literal, "1000", Standing::supported,
     "In a queue of up to so many messages a run looks at each and logs why it waits; in a longer "
     "one it takes those that are due.", true},
    {"queue_run_parallel", &M::queue_run_parallel, Type::integer, Use::literal, "0", Standing::supported,
     "How many messages of one queue run are in work at once; 0 is as many as there is room for.", true},
    {"queue_active_limit", &M::queue_active_limit, Type::integer, Use::literal, "20000", Standing::supported,
     "How many messages are in work at once, with their envelopes in memory.", true},
    {"queue_active_recipients", &M::queue_active_recipients, Type::integer, Use::literal,
     "200000", Standing::supported,
     "How many recipients those may have together.", true},
    {"destination_concurrency", &M::destination_concurrency, Type::integer, Use::literal,
     "20", Standing::supported,
     "The most deliveries to one destination at once.", true},
    {"destination_concurrency_start", &M::destination_concurrency_start, Type::integer, Use::literal,
     "5", Standing::supported,
     "How many deliveries to a destination are begun before any has ended.", true},
    {"local_destination_concurrency", &M::local_destination_concurrency, Type::integer, Use::literal,
     "1", Standing::supported,
     "The most deliveries to one mailbox at once.", true},
    {"destination_backlog", &M::destination_backlog, Type::integer, Use::literal, "1000", Standing::supported,
     "How many messages for one destination wait in memory; more wait on disk.", true},
    {"destination_memory", &M::destination_memory, Type::time, Use::literal, "10m", Standing::supported,
     "How long it is remembered what an idle destination could bear.", true},
    {"remote_delivery_limit", &M::remote_delivery_limit, Type::integer, Use::literal,
     "1000", Standing::supported,
     "The most remote deliveries at once.", true},
    {"local_delivery_limit", &M::local_delivery_limit, Type::integer, Use::literal, "64", Standing::supported,
     "The most local deliveries at once.", true},
    {"local_max_parallel", &M::local_max_parallel, Type::integer, Use::literal, "8", Standing::supported,
     "The most local deliveries of one message at once.", true},
    {"local_first", {}, Type::time, Use::literal, "2s", Standing::supported,
     "How long the remote deliveries of a message wait for its local ones.", true},
    {"delivery_timeout", &M::delivery_timeout, Type::time, Use::literal, "2h", Standing::supported,
     "The longest time for one delivery, all its hosts and recipients together.", true},
    {"route_cache_entries", &M::route_cache_entries, Type::integer, Use::literal,
     "20000", Standing::supported,
     "How many answers of router are kept while they are good.", true},
    {"routing_limit", &M::routing_limit, Type::integer, Use::literal, "256", Standing::supported,
     "How many questions are put to router at once.", true},
    {"closing_limit", &M::closing_limit, Type::integer, Use::literal, "512", Standing::supported,
     "How many messages are being recorded as ended at once.", true},
    {"trouble_delay", {}, Type::time, Use::literal, "5s", Standing::supported,
     "The first pause after a failure of our own; it doubles up to trouble_delay_max.", true},
    {"trouble_delay_max", {}, Type::time, Use::literal, "5m", Standing::supported,
     "The longest such pause.", true},
    {"lease_check", {}, Type::time, Use::literal, "30s", Standing::supported,
     "How often the spool is asked about a message that a delivery process holds.", true},
    {"hints_flush", &M::hints_flush, Type::time, Use::literal, "1m", Standing::supported,
     "How often hints are written to disk.", true},
    {"dns_timeout", &M::dns_timeout, Type::time, Use::literal, "1m", Standing::supported,
     "The longest time for one DNS question, with all its repetitions.", true},
    {"address_depth", &M::address_depth, Type::integer, Use::literal, "100", Standing::supported,
     "How many redirections in a row an address may go through.", true},
    {"addresses_max", &M::addresses_max, Type::integer, Use::literal, "50000", Standing::supported,
     "How many addresses one recipient may be redirected to.", true},
    {"alias_size_max", &M::alias_size_max, Type::size, Use::literal, "16M", Standing::supported,
     "The most redirection data for one address, in octets.", true},
};
// clang-format on

}

std::span<const config::Param<Own>> Own::params()
{
    return rows;
}

}
