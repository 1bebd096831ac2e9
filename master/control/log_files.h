// The log files of an instance, with the rotated and packed ones, as its configuration names them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "master/control/verb.h"

namespace gp::control {

// Every file of the named log ("main", "reject", "panic") that is there: "mainlog", "mainlog.1", "mainlog.2.gz" and so
// on, the oldest first by time of last change. The error says that the log goes to syslog, or what cannot be read.
Result<std::vector<std::string>> log_files(const Invocation& call, std::string_view log);

// The path of the log files with %s in it; empty when all goes to syslog.
Result<std::string> log_form(const Invocation& call);

}
