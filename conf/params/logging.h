// Main options of the logs.
#pragma once

#include <span>

#include "common/config/param.h"

namespace gp::conf {

struct Logging {
    config::Expandable log_file_path; // paths with %s, or syslog
    std::string log_selector;         // words with + and -
    bool log_timezone = false;
    std::string timezone;
    bool write_rejectlog = true;
    bool print_topbitchars = false;
    std::string syslog_facility;
    std::string syslog_processname;
    bool syslog_timestamp = true;
    bool syslog_pid = true;
    bool syslog_duplication = true;
    config::Expandable hosts_connection_nolog;

    static constexpr std::string_view title = "Logs";
    static std::span<const config::Param<Logging>> params();
};

}
