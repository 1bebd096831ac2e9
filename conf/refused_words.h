// Words of the language that can be read and do not do here what Exim's manual says: the reader knows them, so
// that tools can show a file that has them; a suite is not started on it.
#pragma once

#include <string>
#include <string_view>

#include "conf/params/configuration.h"

namespace gp::conf {

enum class WordKind { item, condition, variable, lookup };

struct RefusedWord {
    WordKind kind;
    std::string_view name; // "run"; of variables also a beginning with "*": "spf_*"
    std::string_view why;
    // What would set the variable is refused by a name of its own, so that it is as empty as it would be in Exim.
    bool is_empty_rightly = false;
};

// Null: it works.
const RefusedWord* refused_word(WordKind kind, std::string_view name);

// An error for each that a text of the configuration uses, with its line.
config::Problems refused_words(const Configuration& configuration);
// The first in one text; null: none.
const RefusedWord* refused_word_in(std::string_view text);

}
