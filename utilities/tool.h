// A tool under one of the names that administrators know (manual chapter 54): one file in tools/, registered there.
// The program exitools carries them all and is called by the tool's name, or as `exitools NAME`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/registry.h"
#include "common/base/result.h"

namespace gp::utilities {

struct Call {
    std::vector<std::string> arguments; // without the program's name
    std::string directory;              // where the program lies; its sendmail is beside it
};

struct Tool {
    std::string_view name;
    std::string_view text;              // what it does, for the list of tools
    int (*run)(const Call& call);       // the exit status
};

using RegisterTool = Registry<Tool>::Entry;

// Says "NAME: WHAT" on standard error; for `return fail("exigrep", 1, "…")`.
int fail(std::string_view tool, int status, std::string_view what);

}
