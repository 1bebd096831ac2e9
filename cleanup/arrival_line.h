// The "<=" line of the main log (manual 53.6, 53.15).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cleanup/parameters.h"
#include "common/mail/envelope.h"

namespace gp::cleanup {

struct Arrival {
    std::uint64_t size = 0;         // headers and body as stored
    std::string message_id;         // of the Message-ID: header, without its angle brackets
    bool message_id_created = false;
    std::string subject;            // decoded
    std::string header_from;        // for log_received_sender
    std::uint64_t receive_ms = 0;   // time it took
    std::string signed_by;          // the domain of a DKIM signature that is good
    bool is_prdr = false;           // each recipient was judged
    std::vector<mail::Recipient> judged; // and these were they, refused ones with them
    bool by_chunks = false;         // BDAT, RFC 3030
    bool may_pipeline = false, pipelined = false; // RFC 2920
    bool is_fakereject = false;     // the client hears a refusal: (= instead of <=
};

// "1abcde-… <= a@b H=host [1.2.3.4] P=esmtps …" with the items that the parameters ask for. Everything
// that came from outside is escaped.
std::string arrival_line(const mail::Envelope& envelope, const Arrival& arrival, const Parameters& parameters);

// "H=name (helo) [address]" with interface and ports as log_selector wants them; " U=ident" after it.
std::string host_and_ident(const mail::Origin& origin, const Parameters& parameters);

}
