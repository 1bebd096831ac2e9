// The configuration's retry section (manual chapter 32): which rule is for an address or a host that fails
// with an error, and when it says to try again. Pure; the retry book keeps the state.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "qmgr/address_pattern.h"
#include "qmgr/list_answers.h"

namespace gp::qmgr {

// F,2h,15m   G,16h,1h,1.5   H,16h,1h,1.5
struct RetryStep {
    char algorithm = 'F';      // F fixed, G geometric, H geometric with a random part
    std::int64_t until = 0;    // seconds since the first failure
    std::int64_t interval = 0; // F: between tries; G and H: the first and least interval
    std::int64_t factor = 0;   // G and H: in thousandths, at least 1000
    bool operator==(const RetryStep&) const = default;
};

struct RetryRule {
    AddressPattern pattern;
    std::string asked_pattern; // in place of it: router is asked
    std::string error = "*";
    bool has_senders = false;
    AddressPatternList senders;
    std::string asked_senders; // the same
    std::vector<RetryStep> steps; // none: no retries for what matches

    // From here on what matches is given up: the cutoff of the last step.
    std::int64_t last_cutoff() const { return steps.empty() ? 0 : steps.back().until; }
};

// The times that a failure leaves behind and the next one starts from.
struct RetryTimes {
    std::int64_t first_failed = 0;
    std::int64_t last_try = 0; // 0: there was none
    std::int64_t next_try = 0;
};

struct NextTry {
    std::int64_t at = 0;
    bool expired = false; // failing for longer than the rule's last cutoff
};

// A number from 0 to `most`, for algorithm H.
using Random = std::function<std::int64_t(std::int64_t most)>;

// When to try again what fails now. `before` has the times of the failure before this one.
NextTry next_try(const RetryRule& rule, const RetryTimes& before, std::int64_t now, std::int64_t longest,
                 const Random& random);

class RetryRules {
public:
    RetryRules() = default;
    // One rule a line: pattern, error, optionally senders=list, steps. An error names the line.
    static Result<RetryRules> parse(const std::vector<std::string>& lines, const RegexMatcher& regex);

    // The first rule for the host or, failing that, the address or domain; each line is tried with both
    // before the next one (manual 32.4). `alternate` may be empty.
    // What router said of lists that it matches is in `answers`; where it could not tell, or was not asked, no rule
    // behind that one is looked at.
    struct Found {
        const RetryRule* rule = nullptr;
        bool is_unknown = false;
    };
    Found seek(std::string_view subject, std::string_view alternate, std::string_view error, std::string_view sender,
               const ListAnswers* answers) const;
    const RetryRule* find(std::string_view subject, std::string_view alternate, std::string_view error,
                          std::string_view sender, const ListAnswers* answers = nullptr) const
    {
        return seek(subject, alternate, error, sender, answers).rule;
    }
    // The patterns and lists of senders that router is asked about, each once.
    const std::vector<std::string>& asked_patterns() const { return asked_patterns_; }
    const std::vector<std::string>& asked_senders() const { return asked_senders_; }
    bool asks_router() const { return !asked_patterns_.empty() || !asked_senders_.empty(); }
    std::size_t size() const { return rules_.size(); }
    const RetryRule& operator[](std::size_t i) const { return rules_[i]; }
    // The longest last cutoff of all rules.
    std::int64_t longest_cutoff() const;

private:
    std::vector<RetryRule> rules_;
    std::vector<std::string> asked_patterns_, asked_senders_;
};

}
