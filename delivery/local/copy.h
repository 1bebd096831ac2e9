// The copy of a message that a mailbox or a command gets (manual 23, 47.17): headers removed and added,
// lines ended as the transport wants them, lines escaped where they would be taken for something else.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "delivery/local/job.h"

namespace gp::local {

struct CopyRules {
    std::string prefix, suffix;  // message_prefix, message_suffix: as they are written
    std::string check_string, escape_string; // a line that begins with the one gets the other in its place
    bool crlf = false;           // use_crlf
    bool dots = false;           // LMTP: lines that begin with a dot get another one
    bool headers_only = false, body_only = false;
    bool bsmtp = false;          // use_bsmtp: between commands of batched SMTP
};

// Reads what is common to all drivers from the options.
Result<CopyRules> copy_rules(const Job& job);

// Whether an address has an octet that ends a command line early (CR, LF, NUL). Router has parsed it; none goes out,
// whoever asks.
bool breaks_command(std::string_view address);

// Takes octets, in pieces of a bounded size; an error ends the copy.
using Sink = std::function<Status(std::string_view)>;
Status write_copy(const Job& job, const CopyRules& rules, const Sink& sink);

// The headers of the copy, CRLF lines: Return-path, Envelope-to and Delivery-date in front, then what is
// left of the message's own, then what router and transport add.
std::string copy_headers(const Job& job);
// About how many octets the copy will have.
std::uint64_t copy_size(const Job& job); // of a message that is only asked about: what its sender said

// The first line of a message in an mbox: "From sender date".
std::string from_line(const Job& job);

}
