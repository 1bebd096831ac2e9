#include "conf/params/logging.h"

namespace gp::conf {
namespace {

using config::Standing;
using config::Type;
using config::Use;
using M = Logging;

// clang-format off
const config::Param<M> rows[] = {
    {"log_file_path", &M::log_file_path, Type::string_list, Use::expanded,
     "$spool_directory/log/%slog", Standing::supported,
     "Where logs go: a path with %s for main, reject and panic, \"syslog\", \"journald\" (entries with GATEPOST_MESSAGE_ID and "
     "GATEPOST_LOG as fields), or several of these."},
    {"log_selector", &M::log_selector, Type::string, Use::literal, nullptr, Standing::supported,
     "What is logged: words with + and -."},
    {"log_timezone", &M::log_timezone, Type::boolean, Use::literal, "false", Standing::supported,
     "Whether time stamps in logs hold their offset from UTC."},
    {"timezone", &M::timezone, Type::string, Use::literal, nullptr, Standing::supported,
     "The time zone for everything; when unset, the system's."},
    {"write_rejectlog", &M::write_rejectlog, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether there is a reject log."},
    {"syslog_facility", &M::syslog_facility, Type::string, Use::literal, nullptr, Standing::supported,
     "The facility for syslog: mail when unset."},
    {"syslog_processname", &M::syslog_processname, Type::string, Use::literal, "exim", Standing::supported,
     "The name under which syslog shows our lines."},
    {"syslog_timestamp", &M::syslog_timestamp, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether lines to syslog hold our own time stamp."},
    {"syslog_pid", &M::syslog_pid, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether lines to syslog hold the number of the process."},
    {"syslog_duplication", &M::syslog_duplication, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether what goes to both main and reject log goes to syslog twice."},
    {"hosts_connection_nolog", &M::hosts_connection_nolog, Type::host_list, Use::expanded,
     nullptr, Standing::supported,
     "Clients whose connections are not logged, when connections are."},
    {"print_topbitchars", &M::print_topbitchars, Type::boolean, Use::literal, "false", Standing::supported,
     "Whether octets above 126 are logged as they are."},
    {"log_ports", {}, Type::string_list, Use::literal, "*", Standing::supported,
     "Port numbers that the main log shows where log_selector has it show them: our own behind I= (incoming_interface, and "
     "outgoing_port for deliveries) and the other host's in lines of deliveries (outgoing_port). Numbers and *, with ! in front "
     "of one that is not shown: \"!25 : !587\" is all but these, and an empty list is none. A client's own port "
     "(incoming_port) is shown whatever stands here."},
    {"process_log_path", {}, Type::string, Use::literal, nullptr, Standing::moot,
     "No process writes a file about itself; gatepost status tells what each one does."},
    {"panic_coredump", {}, Type::boolean, Use::literal, "false", Standing::moot,
     "No process ends because it writes to the panic log, so there is none to leave a core file."},
    {"debug_store", {}, Type::boolean, Use::literal, "false", Standing::moot,
     "There is no storage allocator of our own to check."},
};
// clang-format on

}

std::span<const config::Param<Logging>> Logging::params()
{
    return rows;
}

}
