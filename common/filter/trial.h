// exim -bf and -bF: what a filter or a forward file would do with a message, told in Exim's words. Nothing is
// done. The caller has read the message and made a scene of it.
#pragma once

#include <functional>
#include <string_view>

#include "common/filter/alias_list.h"
#include "common/filter/filter.h"

namespace gp::filter {

struct Trial {
    std::string_view file; // its name, as the command line has it
    std::string_view text;
    expand::Scene& scene;
    const Rules& rules;
    const Words& words;
    std::function<void(std::string_view line)> print;
    std::function<void(std::string_view line)> explain; // -v; may be empty
    std::function<Result<std::string>(const std::string& path)> read; // of :include:
};

struct Tried {
    bool is_good = false; // false: the exit status is 1
    Outcome outcome;      // of an Exim filter
};

Tried try_out(const Trial& trial);

}
