// What a peer's certificate says, as values for logs, variables and lists.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

using X509 = struct x509_st;

namespace gp::tls {

struct Certificate {
    std::string subject;                // "CN=mx.example.org,O=Example": RFC 2253 order, $tls_in_peerdn
    std::string issuer;
    std::vector<std::string> dns_names; // of the subject alternative names; lower case
    std::string common_name;
    std::int64_t not_before = 0, not_after = 0; // seconds since 1970
    std::string serial;                 // hexadecimal
    std::string sha256;                 // fingerprint, upper-case hexadecimal

    static Certificate of(X509* certificate);
    static Result<Certificate> parse(std::string_view pem); // the first one
};

// Does a certificate name cover a host? Wildcards as RFC 6125 section 6.4.3 lets them: one whole leftmost label.
bool name_covers(std::string_view pattern, std::string_view host);

}
