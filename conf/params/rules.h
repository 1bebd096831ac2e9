// The lines of the retry and rewrite sections, split into their fields (manual chapters 32 and 31).
// Patterns and replacements stay text: router matches and expands them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/duration.h"
#include "common/config/lexer.h"
#include "common/config/problem.h"

namespace gp::conf {

// F,2h,15m  G,16h,1h,1.5  H,4d,1h,1.5
struct RetryStep {
    char algorithm = 'F';    // F fixed, G geometric, H geometric with a random part
    Duration until{};        // since the first failure
    Duration interval{};     // F: between tries; G and H: the first interval
    std::int64_t factor = 0; // G and H: in thousandths
    bool operator==(const RetryStep&) const = default;
};

struct RetryRule {
    std::string pattern; // of a domain or address: a single list item
    std::string error;   // "*", "quota_7d", "timeout_connect_MX", "rcpt_452" …
    std::string senders; // an address list; empty: any sender
    std::vector<RetryStep> steps; // none: no retries for what matches
    config::Origin origin;
};

struct RewriteRule {
    std::string pattern;
    std::string replacement; // expanded
    std::string flags;       // "sFT": letters of manual 31.9
    config::Origin origin;
};

std::vector<RetryRule> read_retry(const std::vector<config::Line>& lines, config::Problems& problems);
std::vector<RewriteRule> read_rewrite(const std::vector<config::Line>& lines, config::Problems& problems);

}
