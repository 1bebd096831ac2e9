// Where scanners are: the servers that av_scanner and spamd_address name (manual chapter 45).
//
// One reading for all who need it: the check of a configuration, the derived walls, and the calls themselves. The
// error names what is not supported and why.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/duration.h"
#include "common/base/result.h"

namespace gp::scan {

// Seconds of the day, local time.
struct TimeOfDay {
    int begin = 0, end = 24 * 3600;
};

// "127.0.0.1 783-785 pri=2", "/run/spamd.sock".
struct Server {
    std::string host;                           // or the path of a Unix socket
    std::uint16_t first_port = 0, last_port = 0; // tried in this order
    int priority = 1;                           // pri=: the highest first
    std::uint32_t weight = 1;                   // among equals
    std::optional<Duration> retry;              // after a failed connect, once
    Duration timeout{std::chrono::minutes(2)};  // tmo=, of all that is said
    std::optional<TimeOfDay> hours;             // time=
    bool is_rspamd = false;
    bool is_unix() const { return host.starts_with('/'); }
};

inline constexpr std::size_t most_servers = 32;

// spamd_address.
Result<std::vector<Server>> spam_servers(std::string_view option);
// av_scanner: "clamd:/run/clamd.sock", "clamd:192.0.2.3 1234 retry=10s : 192.0.2.4 1234", "sophie:/run/sophie".
struct VirusScanner {
    std::string type;                 // "clamd"
    std::vector<Server> servers;      // none: "cmdline" is a program
    std::vector<std::string> options; // what stands behind the server, for the scanner's own conversation
    bool wants_file = false;          // it opens the message itself: scan/ID/ID.eml of the spool directory
};
Result<VirusScanner> virus_scanner(std::string_view option);
Result<std::vector<Server>> virus_servers(std::string_view option);
// The words of cmdline's command, the first of a VirusScanner's options, for a message in this directory.
Result<std::vector<std::string>> scan_command(std::string_view command, const std::string& directory);

// Who may be asked at this second of the day, in the order to try them: by priority, among equals by chance as
// their weights have it. `chance` gives numbers from 0 to 1.
std::vector<Server> in_order(std::vector<Server> servers, int second_of_day, const std::function<double()>& chance);

}
