// A domain's DMARC record as values: RFC 7489 section 6.3. Reports, which it may ask for, are not sent.
#pragma once

#include <optional>
#include <string_view>

namespace gp::dmarc {

enum class Policy : unsigned char { none, quarantine, reject };
std::string_view name_of(Policy policy);

struct Record {
    Policy policy = Policy::none;
    Policy of_subdomains = Policy::none; // sp=, else as `policy`
    bool strict_dkim = false, strict_spf = false; // adkim=s, aspf=s
};

// Whether a TXT record is one at all.
bool is_record(std::string_view text);
// Nothing when it is malformed: it counts as if it were not there (section 6.6.3).
std::optional<Record> parse_record(std::string_view text);

}
