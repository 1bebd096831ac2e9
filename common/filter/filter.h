// Exim filters: a text becomes a tree, and the tree an outcome (the filter manual, chapter 3).
//
//     const auto filter = TRY(Filter::parse(text, Words::linked(), rules));
//     const Outcome outcome = TRY(filter.run({.scene = scene, .rules = rules}));
//
// Pure but for what Surroundings gives: logwrite goes through its Journal, tests print through its sinks.
// Errors are permanent ("unknown filtering command …") unless an expansion was temporary.
#pragma once

#include <string_view>

#include "common/filter/outcome.h"
#include "common/filter/rules.h"
#include "common/filter/run.h"
#include "common/filter/tree.h"
#include "common/filter/words.h"

namespace gp::filter {

class Filter {
public:
    static Result<Filter> parse(std::string_view text, const Words& words, const Rules& rules);
    Result<Outcome> run(const Surroundings& around) const;

private:
    Steps steps_;
};

}
