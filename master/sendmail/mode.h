// What a command line can ask for: one file in modes/ that registers itself under the option's name, "-bt".
// A file may register several words that it serves ("-bv", "-bvs"); Options::mode tells which was used.
#pragma once

#include <string_view>

#include "common/base/registry.h"

namespace gp::sendmail {

struct Options;

struct Mode {
    enum class Value {
        none,     // the word stands alone
        follows,  // "-bh 192.0.2.1": the next argument, or the rest of the word
        attached, // "-bI:help": the rest of the word, which may be empty
    };
    std::string_view name;
    int (*run)(const Options& options) = nullptr; // the exit status
    Value value = Value::none;
    std::string_view doc;
};

using RegisterMode = Registry<Mode>::Entry;

}
