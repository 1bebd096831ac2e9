// Names of the expansion language, for built-in macros.
#pragma once

#include <span>
#include <string_view>

namespace gp::conf {

struct ExpansionWords {
    std::string_view kind; // "ITEM", "OP", "COND", "VAR": as macros have it
    std::span<const std::string_view> names;
};
std::span<const ExpansionWords> expansion_words();

}
