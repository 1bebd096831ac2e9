// Patterns of retry rules: their owner, qmgr, has neither files nor the expander, so that only what needs none of them
// can stand there.
#pragma once

#include <string_view>

namespace gp::config {

// What of an address pattern (without "!") needs the configuration's language: "an expansion", "a look-up" …; empty
// when it is a plain name, a wildcard or a regular expression.
std::string_view language_needed(std::string_view pattern);

}
