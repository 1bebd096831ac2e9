// One run of a Sieve script: the message, the variables, what has been asked for so far.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/expand/scene.h"
#include "common/filter/outcome.h"
#include "common/filter/rules.h"
#include "common/sieve/tree.h"

namespace gp::sieve {

struct Surroundings {
    expand::Scene& scene; // with message and address
    const filter::Rules& rules;
    std::function<Result<std::string>()> body; // the whole body; null: `body` tests see what the scene shows
};

class Run {
public:
    explicit Run(const Surroundings& around) : around_(around) {}
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    expand::Scene& scene() { return around_.scene; }
    const filter::Rules& rules() const { return around_.rules; }
    filter::Outcome& outcome() { return outcome_; }
    Result<std::string> body();
    std::int64_t now() const;

    // ${name} and ${1} replaced, in a script that has required variables (RFC 5229 section 3).
    Result<std::string> expand(const std::string& text);
    Result<std::vector<std::string>> expand(const std::vector<std::string>& list);
    void set(std::string_view name, std::string value);
    void set_captures(std::vector<std::string> found) { captures_ = std::move(found); }
    bool has_variables = false;

    Status count_step();
    Status add(filter::Action action); // duplicates are dropped (RFC 5228 section 2.10.3)
    Status add_redirect(filter::Action action);
    void cancel_keep() { keeps_ = false; }
    bool keeps() const { return keeps_; }

    Result<Flow> obey(const Steps& steps);

    // A message may be answered once by one script (RFC 5230 section 4.7).
    bool vacation_done = false;

private:
    std::string variable(std::string_view name) const;

    Surroundings around_;
    filter::Outcome outcome_;
    std::map<std::string, std::string, std::less<>> variables_;
    std::vector<std::string> captures_;
    bool keeps_ = true;
    std::size_t steps_ = 0, octets_ = 0, redirects_ = 0;
};

}
