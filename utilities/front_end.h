// Runs the mail command beside the tools (or another that was named) and takes what it prints.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"

namespace gp::utilities {

// Standard output of `program arguments…`, at most 1 GiB; standard error is ours. The error tells its exit status.
Result<std::string> output_of(const std::string& program, const std::vector<std::string>& arguments);

// The suite's own mail command in this directory.
std::string mail_command(const std::string& directory);

}
