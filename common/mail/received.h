// Trace headers: Exim's default received_header_text (manual chapter 14.23), written natively, so that
// a configuration that leaves it alone costs no question to router.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/mail/envelope.h"
#include "common/mail/header_list.h"

namespace gp::mail {

struct ReceivedFacts {
    const Origin& origin;
    std::string_view primary_hostname;
    std::string_view software;     // what stands in parentheses: "Exim 4.96"
    std::string_view sender;       // empty: no (envelope-from …)
    std::string_view id;
    std::string_view received_for; // the only recipient, else empty
    bool with_ports = false;       // log_selector +incoming_port
};

// "Received: from …;\r\n\tSat, 21 Nov 2026 10:42:56 +0000\r\n"
std::string received_header(const ReceivedFacts& facts, std::string_view date, std::string_view line_end = "\r\n");

// The whole of an expanded received_header_text with the time stamp; line ends are made `line_end`.
// Empty when the text is empty: then the message gets no Received: header.
std::string received_header_from(std::string_view expanded, std::string_view date,
                                 std::string_view line_end = "\r\n");

// $sender_rcvhost; empty for a message of this host. Folds are "\n\t".
std::string sender_rcvhost(const Origin& origin, bool with_ports);

// How often the message was received before: for received_headers_max.
std::size_t received_count(const HeaderList& headers);

}
