// The regular expressions of regex and mime_regex: a list, expanded for each use unless it is constant (manual 45.5).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/acl/condition.h"
#include "common/lookup/regex.h"

namespace gp::acl {

class PatternList {
public:
    static Result<PatternList> parse(const expand::Language& language, std::string_view argument);

    struct Pattern {
        std::string text;
        lookup::Regex regex;
    };
    const std::vector<Pattern>* constant() const { return constant_ ? &*constant_ : nullptr; }
    // Of one that is not constant. Nothing: the expansion was forced to fail, and the condition is false.
    Result<std::optional<std::vector<Pattern>>> expanded(expand::Scene& scene) const;

    static constexpr std::size_t longest_subject = 32 * 1024; // as Exim

private:
    expand::Expression text_;
    std::optional<std::vector<Pattern>> constant_;
};

// Whether one of them matches; $regex_match_string and $regex1 … then tell which, and what it captured.
Result<bool> matches_one(const std::vector<PatternList::Pattern>& patterns, std::string_view subject, Context& context);

// regex and mime_regex: a condition that looks for the expressions of its list in what is in hand.
class PatternTest : public Test {
public:
    explicit PatternTest(PatternList list) : list_(std::move(list)) {}
    Result<Truth> test(Context& context) const final;

    template <class Condition>
    static Result<std::unique_ptr<Test>> make(const expand::Language& language, std::string_view argument)
    {
        return std::unique_ptr<Test>{std::make_unique<Condition>(TRY(PatternList::parse(language, argument)))};
    }

private:
    virtual Result<bool> found(const std::vector<PatternList::Pattern>& patterns, Context& context) const = 0;
    PatternList list_;
};

}
