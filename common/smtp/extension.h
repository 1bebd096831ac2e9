// What a server offers in its answer to EHLO: written by smtpd, read by delivery/remote.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gp::smtp {

struct Extensions {
    bool esmtp = false;               // EHLO was answered with 250
    std::optional<std::uint64_t> size; // RFC 1870; 0: no limit is told
    bool eight_bit_mime = false;      // RFC 6152
    bool pipelining = false;          // RFC 2920
    bool early_pipe = false;          // PIPECONNECT: EHLO may come before the banner, and more behind it at once
    bool xforward = false;            // of the filters that we believe
    bool chunking = false;            // RFC 3030
    bool dsn = false;                 // RFC 3461
    bool smtputf8 = false;            // RFC 6531
    bool starttls = false;            // RFC 3207
    bool enhanced_status_codes = false; // RFC 2034
    bool requiretls = false;          // RFC 8689; in TLS alone
    bool prdr = false;
    bool xclient = false;             // of the proxies that we believe
    bool vrfy = false, expn = false, etrn = false, help = false;
    bool atrn = false;                // RFC 2645
    bool wellknown = false;           // of Exim 4.98
    std::vector<std::string> auth;    // RFC 4954: mechanisms
    std::uint32_t limit_mail = 0, limit_rcpt = 0; // RFC 9422; 0: not told

    bool offers_auth(std::string_view mechanism) const;
};

// The lines behind "250-host Hello …", in Exim's order, without codes.
std::vector<std::string> extension_lines(const Extensions& offered);

// The lines of an answer to EHLO, the first one (the greeting) included; codes taken off. Unknown and
// malformed lines are ignored, RFC 5321 section 4.1.1.1.
Extensions parse_extensions(const std::vector<std::string>& lines);

}
