// A filter as redirection data (manual 22, allow_filter): an Exim filter or a Sieve script is run for the address in
// hand, and what it asked for becomes the router's decision. A text that an ordinary user wrote is not allowed what
// this process could do and the user could not: files, look-ups, programs, sockets.
#pragma once

#include <string>
#include <vector>

#include "common/filter/rules.h"
#include "router/driver.h"

namespace gp::router {

class UserFilter {
public:
    static Result<UserFilter> read(const Ground& ground, const conf::Driver& instance);

    bool allowed() const { return allowed_; }
    // `is_foreign`: neither root nor the administrator wrote the text. The children have no transports yet. An error
    // is one of the text, or of what was expanded in it.
    Result<Decision> run(const Question& question, const std::string& text, filter::Language language,
                         bool is_foreign) const;
    // The same of the user's own file, which a child that has become the user obeys.
    Result<Decision> run_as_user(const Question& question, const std::string& path, filter::Language language) const;

private:
    explicit UserFilter(const Ground& ground) : ground_(&ground) {}
    Result<filter::Rules> rules_for(const Question& question) const;
    Result<filter::Outcome> outcome_of(const Question& question, const std::string& text, filter::Language language,
                                       const filter::Rules& rules) const;
    Result<filter::Outcome> outcome_of_user(const Question& question, const std::string& path, filter::Language language,
                                            const filter::Rules& rules) const;
    Status check_language(filter::Language language) const;
    Decision decision_of(const Question& question, filter::Outcome outcome) const;

    const Ground* ground_;
    bool allowed_ = false, forbids_exim_ = false, forbids_sieve_ = false;
    filter::Rules rules_;
    std::vector<std::string_view> forbidden_; // words of expansions: forbid_filter_…
    std::optional<expand::Expression> enotify_owner_, subaddress_, useraddress_, vacation_directory_;
};

}
