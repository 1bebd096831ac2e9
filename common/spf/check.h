// May this client send mail for this domain? check_host() of RFC 7208 section 4.
//
// Everything that a stranger's records can make us do is bounded: DNS questions, empty answers, names, time.
#pragma once

#include <string>
#include <string_view>

#include "common/dns/resolver.h"
#include "common/spf/record.h"

namespace gp::spf {

struct Question {
    net::Address client;
    std::string helo;
    std::string sender;      // of MAIL; empty: postmaster at helo
    std::string receiver;    // this host, for explanations
    std::int64_t now = 0;    // likewise
    std::string guess;       // a record to be taken where the domain has none
    std::string comment;     // an explanation, with macros, where the domain has none of its own
};

// Section 4.6.4.
struct Limits {
    unsigned lookups = 10;   // terms that ask the DNS
    unsigned voids = 2;      // questions without an answer
    unsigned names = 10;     // of one mx or ptr
};

struct Verdict {
    Outcome outcome = Outcome::none;
    std::string domain;      // whose record it was
    std::string sender;      // whom it was asked for
    std::string explanation; // of a fail in the domain's own words, or the question's comment
    bool is_explained = false; // by the domain
    bool is_guessed = false; // the domain has no record, and the guess was taken
    std::string reason;      // of an error; or the term that decided
};

// On a fiber.
Verdict check(dns::Resolver& resolver, const Question& question, event::Deadline until, const Limits& limits = {});

}
