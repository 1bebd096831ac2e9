// The text of a report: RFC 3464 in a multipart/report (RFC 6522), worded as Exim words it.
#pragma once

#include <cstdint>
#include <string>

#include "delivery/bounce/parameters.h"
#include "delivery/protocol.h"

namespace gp::bounce {

// The original, as far as it is returned.
struct Original {
    std::string headers; // CRLF lines
    std::string body;    // CRLF lines; empty when only the headers are returned
    bool has_body = false;
    bool is_limited = false; // bounce_return_size_limit or bounce_return_linesize_limit leave the headers alone
};

// Header lines and body of the report, CRLF lines. `boundary` must not occur in the original.
std::string report_text(const delivery::Report& report, const Original& original, const Parameters& parameters,
                        std::string_view boundary);

// A message about errors in redirection data, CRLF lines.
std::string notice_text(const delivery::TellOfErrors& question, const Parameters& parameters);

// RFC 3463: the failure's own, or what its SMTP reply begins with, or 5.0.0 (4.0.0 for delays).
std::string status_of(const delivery::Failure& failure, delivery::Report::Kind kind);

}
