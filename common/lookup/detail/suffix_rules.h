// A Public Suffix List (https://publicsuffix.org/list): which end of a domain anybody may register below.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/text.h"

namespace gp::lookup {

class SuffixRules {
public:
    // Of the file's text, as its publisher writes it: a rule a line, up to the first space; // begins a comment.
    explicit SuffixRules(std::string_view text);

    struct Split {
        std::string_view suffix;     // empty: no rule fits, or nothing stands in front of one
        std::string_view registered; // with the label in front of it; empty: there is none
    };
    // `domain` in lower case; the parts are of it. As Exim 4.100 has it: a rule must leave a label in front, so that the
    // suffix of co.uk itself is uk; "*.ck" takes that label; where no rule fits there is no suffix.
    Split split(std::string_view domain) const;

private:
    enum Kind : unsigned { plain = 1, wildcard = 2, exception = 4 };
    unsigned kinds_of(std::string_view name) const;
    std::unordered_map<std::string, unsigned, TextHash, std::equal_to<>> rules_; // by name, without "*." and "!"
};

}
