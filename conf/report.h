// What is wrong with a configuration, for programs: one JSON object.
//
//     {"file": "…", "good": false, "errors": 1, "warnings": 0,
//      "problems": [{"file": "…", "line": 7, "kind": "error", "reason": "…", "hint": "…", "text": "the line"}]}
#pragma once

#include <string>

#include "common/config/problem.h"

namespace gp::conf {

std::string json_report(const std::string& file, const config::Problems& problems);

}
