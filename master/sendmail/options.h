// The command line of sendmail and Exim (manual chapter 5), told as one struct. Unknown options and
// those that this front end cannot obey are refused with a reason, never skipped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cleanup/submit/protocol.h"
#include "common/base/result.h"

namespace gp::sendmail {

enum class Mode {
    send,        // -bm, -t: a message on standard input
    smtp,        // -bs: SMTP on standard input
    list_queue,  // -bp, mailq
    count_queue, // -bpc
    run_queue,   // -q…, -M, -R, -S
    operate,     // -Mf, -Mt, -Mrm, -Mg …
    daemon,      // -bd, -bdf
    rebuild_aliases, // -bi, newaliases
    version,     // -bV
    nothing,     // an option that asks for something we say no to politely
};

enum class WhenDelivered { background, foreground, queued, smtp_queued };
enum class OnError { mail, mail_and_zero, print, quiet };

struct Options {
    Mode mode = Mode::send;
    std::string config;                  // -C; empty: the default places
    std::vector<std::string> definitions; // -D
    submit::Letter letter;
    std::vector<std::string> arguments;  // addresses, ids, names
    bool dot_ends = true;                // -i, -oi switch it off
    WhenDelivered when = WhenDelivered::background;
    OnError on_error = OnError::mail;
    bool verbose = false;                // -v
    // run_queue
    bool force = false, thaw = false, first_only = false, local_only = false;
    std::string sender_match, recipient_match;
    std::string interval;                // -q30m with a daemon
    // operate
    std::string order;
    std::vector<std::string> order_arguments;
    // list_queue
    bool unsorted = false, all_recipients = false, undelivered_only = false, ids_only = false;
    // daemon
    bool foreground = false;
    std::string listen, pid_file;        // -oX, -oP
};

// `program` is argv[0]'s last part: mailq, newaliases, runq, rmail, rsmtp and exim change the default.
Result<Options> parse_options(std::string_view program, const std::vector<std::string>& arguments);

}
