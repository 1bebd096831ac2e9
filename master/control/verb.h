// A verb of the gatepost command: one file in verbs/, registered there.
//
//     int show(const Invocation& call) { … }
//     const RegisterVerb self{{.name = "queue", .usage = "queue list|show …", .text = "The queue.", .run =
//     show}};
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/registry.h"

namespace gp::control {

struct Invocation {
    std::string config;                   // -C, or the first of the usual places that exists
    std::string spool;                    // --spool: the instance itself, without reading a configuration
    std::vector<std::string> definitions; // -D
    std::vector<std::string> arguments;   // what follows the verb, common options taken out
    bool json = false;
    std::string programs; // directory of the suite's programs
};

struct Verb {
    std::string_view name;
    std::string_view usage;             // "status [--json]"
    std::string_view text;              // one sentence
    int (*run)(const Invocation& call); // the exit status, as in sysexits.h
};

using RegisterVerb = Registry<Verb>::Entry;

// Says "gatepost: WHAT" on standard error; for `return fail(EX_USAGE, "…")`.
int fail(int status, std::string_view what);

}
