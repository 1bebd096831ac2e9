// Patterns of retry rules: their owner, qmgr, has neither files nor the expander, and asks router about those that need them.
#pragma once

#include <string_view>

namespace gp::config {

// What of an address pattern (without "!") needs the configuration's language: "an expansion", "a look-up" …; empty
// when it is a plain name, a wildcard or a regular expression.
std::string_view language_needed(std::string_view pattern);

// Whether router is asked about this pattern, "!" and all, or about this list of senders.
bool is_for_router(std::string_view pattern);
bool are_for_router(std::string_view senders);

}
