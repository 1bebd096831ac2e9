// Command-line options of the tools: short ones that may be joined (-rl), with values joined or apart, and long ones, which
// may be cut short as long as they stay one option's (--lit).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::utilities {

struct OptionRow {
    char letter = 0;            // 0: none
    std::string_view word;      // "queue-time"; empty: none
    bool has_value = false;
};

struct Option {
    const OptionRow* row = nullptr;
    std::string value;
};

struct Options {
    std::vector<Option> given;
    std::vector<std::string> rest;
    // The value of the last one given, or null.
    const std::string* find(char letter) const;
};

// The error names the word that is unknown or lacks its value. "--" ends the options.
Result<Options> parse_options(const std::vector<std::string>& arguments, const std::vector<OptionRow>& rows);

}
