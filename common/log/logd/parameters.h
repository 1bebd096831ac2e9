// What master tells the log service.
#pragma once

#include <cstdint>
#include <string>

namespace gp::logd {

struct Parameters {
    std::string log_file_path;        // "/var/log/gatepost/%slog"; %s: main, reject, panic; %D, %M: the date. Empty: no files
    bool syslog = false;              // "syslog" was in the list
    bool journald = false;            // "journald" was
    std::string syslog_processname = "exim";
    std::string syslog_facility = "mail";
    bool syslog_timestamp = true;
    bool syslog_duplication = true;   // what goes to the reject log goes to syslog too
    bool syslog_pid = true;
    bool write_rejectlog = true;
    bool log_pid = false;             // log_selector +pid
    bool log_millisec = false;        // log_selector +millisec
    bool log_timezone = false;
    std::string timezone;             // the option; empty: the system's. "UTC" means UTC
    std::uint32_t log_file_mode = 0640;
    std::uint64_t decision_journal_size = 16ull * 1024 * 1024; // of both its files together; older lines go
    std::uint32_t decision_journal_age = 7 * 86400;            // seconds; 0: until there is no room
    std::uint64_t debug_log_size = 10ull * 1024 * 1024; // of a file of control = debug; older lines go
    std::uint32_t debug_log_files_max = 100;
    std::uint32_t pending_limit = 16 * 1024 * 1024; // octets kept while a file cannot be written

    static void fields(auto& self, auto&& field)
    {
        field("log_file_path", self.log_file_path);
        field("syslog", self.syslog);
        field("journald", self.journald);
        field("syslog_processname", self.syslog_processname);
        field("syslog_facility", self.syslog_facility);
        field("syslog_timestamp", self.syslog_timestamp);
        field("syslog_duplication", self.syslog_duplication);
        field("syslog_pid", self.syslog_pid);
        field("write_rejectlog", self.write_rejectlog);
        field("log_pid", self.log_pid);
        field("log_millisec", self.log_millisec);
        field("log_timezone", self.log_timezone);
        field("timezone", self.timezone);
        field("log_file_mode", self.log_file_mode);
        field("decision_journal_size", self.decision_journal_size);
        field("decision_journal_age", self.decision_journal_age);
        field("debug_log_size", self.debug_log_size);
        field("debug_log_files_max", self.debug_log_files_max);
        field("pending_limit", self.pending_limit);
    }
};

}
