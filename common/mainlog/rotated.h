// Where an instance's logs are: the forms of log_file_path, and the files of one log with those that were rotated away.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::mainlog {

// The path with %s in it out of log_file_path (manual 53.1); empty when all goes to syslog.
std::string path_form(std::string_view log_file_path, const std::string& spool_directory);

// The files of this log ("main", "reject", "decision" …), the oldest first.
Result<std::vector<std::string>> rotated_files(std::string form, std::string_view log);

}
