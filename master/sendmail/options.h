// The command line of sendmail and Exim (manual chapter 5), told as one struct. Unknown options and
// those that this front end cannot obey are refused with a reason, never skipped.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cleanup/submit/protocol.h"
#include "common/base/result.h"
#include "master/sendmail/mode.h"

namespace gp::sendmail {

// `waited_for`: as configured, and a first attempt that is due is waited for.
enum class WhenDelivered { as_configured, background, foreground, queued, smtp_queued, waited_for };
enum class OnError { mail, mail_and_zero, print, quiet };

struct Options {
    std::string program = "exim";        // argv[0]'s last part
    std::string mode = "-bm";            // the name of a Mode; the last one on the command line counts
    std::map<std::string, std::string, std::less<>> values; // what followed each mode's word: "-bf" -> the file
    std::string config;                  // -C; empty: the default places
    std::vector<std::string> definitions; // -D
    submit::Letter letter;
    std::vector<std::string> arguments;  // addresses, ids, names
    bool dot_ends = true;                // -i, -oi switch it off
    WhenDelivered when = WhenDelivered::as_configured;
    OnError on_error = OnError::mail;
    bool verbose = false;                // -v
    bool values_only = false;            // -n before -bP: without the names
    std::string debugging;               // -d: facets, "+all" when none is named
    std::string dsn_return;              // -R hdrs, -R full: RET when a message is handed in, else a queue run
    std::string filter_prefix, filter_suffix, filter_local_part, filter_domain; // -bfp -bfs -bfl -bfd
    // run_queue
    bool force = false, thaw = false, first_only = false, local_only = false;
    std::string sender_match, recipient_match;
    bool sender_is_pattern = false, recipient_is_pattern = false;
    std::string queue_name;              // -qG
    std::string interval;                // -q30m with a daemon
    // list_queue
    bool all_recipients = false, undelivered_only = false, ids_only = false;
    // daemon
    std::string listen, pid_file;        // -oX, -oP
    bool tls_on_connect = false;         // -tls-on-connect
    bool has_log_tag = false;            // -L
    std::optional<std::uint32_t> smtp_receive_timeout; // -os, with -bs, -bS and -bh too: seconds; 0 is none
    // send
    std::optional<std::uint32_t> receive_timeout; // -or: seconds; 0 is none
};

// `program` is argv[0]'s last part: mailq, newaliases, runq, rmail, rsmtp and exim change the default.
// What is not one of `modes` and is known all the same is refused by name.
Result<Options> parse_options(std::string_view program, const std::vector<std::string>& arguments,
                              const Registry<Mode>& modes);

}
