// Calling master, which is a part of the same installation.
#pragma once

#include <string>
#include <vector>

#include "master/sendmail/instance.h"

namespace gp::sendmail {

// bin/sendmail and libexec/gatepost/master.
Result<std::string> master_program();

// Its command line for this instance: program, --config, --define.
Result<std::vector<std::string>> master_call(const Options& options, const Instance& instance);

// Becomes it. Returns only on failure.
Error become_master(std::vector<std::string> words);

}
