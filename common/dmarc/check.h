// What a domain wants done with a message that claims to be from it: RFC 7489 section 6.6. SPF and DKIM have been
// asked already; here is whether what they vouch for is the domain in From:, and what its record says if not.
//
// pct= is not obeyed, as in Exim: what a policy says holds for every message.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/dmarc/record.h"
#include "common/dmarc/suffixes.h"
#include "common/dns/resolver.h"

namespace gp::dmarc {

struct Question {
    std::string from;                    // the domain in From:
    std::string spf;                     // for which SPF passed; empty: for none
    std::vector<std::string> signers;    // whose DKIM signatures are good
};

enum class Status : unsigned char { accept, reject, quarantine, none, norecord, temperror };
std::string_view name_of(Status status);  // as dmarc_status has it
std::string_view words_of(Status status); // $dmarc_status_text

struct Verdict {
    Status status = Status::norecord;
    std::string used_domain;        // whose record it was
    std::optional<Policy> declared; // p=, whatever became of the message
    bool spf_fits = false, dkim_fits = false;
};

// On a fiber.
Verdict check(dns::Resolver& resolver, const Suffixes& suffixes, const Question& question, event::Deadline until);

}
