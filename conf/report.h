// What is wrong with a configuration, for programs: one JSON object.
//
//     {"file": "…", "good": false, "errors": 1, "warnings": 0,
//      "problems": [{"file": "…", "line": 7, "kind": "error", "reason": "…", "hint": "…", "text": "the line"}]}
#pragma once

#include <string>

#include "common/config/problem.h"

namespace gp::conf {

// The same in the order of the file: those of one file by line, files as they were met first, what is of no file last.
config::Problems in_order(const config::Problems& problems);

std::string json_report(const std::string& file, const config::Problems& problems);

}
