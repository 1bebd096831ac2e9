// What can be said of a text without expanding it: constants in it that make whatever asks for them fail, each time that
// it does (an algorithm, a number, a regular expression, a record type …), and words that are ignored silently. For
// gatepost check; whoever only wants to expand the text parses it and meets these when, and if, they are evaluated.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/expand/expand.h"
#include "common/match/list.h"

namespace gp::expand {

struct Remark {
    std::string text; // in the words that are said when it is evaluated
    std::string hint; // "did you mean …?"; may be empty
    bool is_ignored = false; // it does not fail: nobody obeys it
};

// A list that stands literally in a condition: match_domain {…}{this}.
struct LiteralList {
    match::Kind kind;
    std::string text;
};

struct Remarks {
    std::vector<Remark> all;
    std::vector<LiteralList> lists;
};

// Of a text that parses; of one that does not, what was seen before its fault.
Remarks remarks_on(const Language& language, std::string_view text);

// What a text expands to that asks for nothing outside of it: "${if eq{1}{1}{yes}{no}}". Nothing where it has a variable,
// a look-up or the like in it, or fails.
std::optional<std::string> constant_value(const Language& language, std::string_view text);
// With the language that the program is linked with.
std::optional<std::string> constant_value(std::string_view text);

}
