// A regular expression of an expansion: compiled once where its text is constant, and the last one kept where
// it is not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/expand/scene.h"
#include "common/expand/tree.h"
#include "common/lookup/regex.h"

namespace gp::expand {

class RegexCache {
public:
    // Compiles a constant pattern now, before a jail forbids machine code. What is wrong with it is said later.
    void prepare(const Sequence& pattern, unsigned flags);
    Result<lookup::Regex> get(std::string_view pattern, unsigned flags) const;

private:
    mutable std::string pattern_;
    mutable lookup::Regex regex_;
};

// $0, $1 … become what was matched; they are tainted if the subject is.
void set_captures(Scene& scene, const Text& subject, const std::vector<lookup::Regex::Span>& groups);

}
