// One of exipick's criteria: "!$sender_address =~ /^a/", "$message_age > 2h", "$deliver_freeze".
#pragma once

#include <string>

#include "common/lookup/regex.h"
#include "utilities/pick/message.h"

namespace gp::utilities {

class Criterion {
public:
    static Result<Criterion> parse(std::string_view text, bool caseful);
    bool matches(const PickMessage& message) const;
    const std::string& variable() const { return variable_; }
    void negate() { negated_ = !negated_; }
    std::string text() const;
    // As exipick shows its rules: ($var > 1) ? 1 : 0
    std::string rule() const;

private:
    bool test(std::string_view value) const;

    std::string variable_, operator_, value_;
    bool negated_ = false, caseful_ = false;
    double number_ = 0;
    lookup::Regex regex_;
};

}
