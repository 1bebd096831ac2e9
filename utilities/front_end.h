// Runs the mail command beside the tools (or another that was named) and takes what it prints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::utilities {

// Standard output of `program arguments…`, at most 1 GiB; standard error is ours. The error tells its exit status.
Result<std::string> output_of(const std::string& program, const std::vector<std::string>& arguments);

// The same for a program that may fail and is given `input`: what it printed, whatever its exit status.
Result<std::string> answer_of(const std::string& program, const std::vector<std::string>& arguments, std::string_view input);

// The spool directory of the instance of this configuration; of the default one when it is empty.
Result<std::string> spool_of(const std::string& directory, const std::string& config);

// The suite's own mail command in this directory.
std::string mail_command(const std::string& directory);

}
