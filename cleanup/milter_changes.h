// What a milter wants changed of a message, done to it. A change that cannot be made is left out, and the log says so.
#pragma once

#include <string>
#include <vector>

#include "cleanup/work.h"

namespace gp::cleanup {

// An error is our own trouble: a large body that could not be replaced.
Status apply_changes(Work& work, const std::vector<mail::MilterChange>& changes, const std::string& milter);
// As milters see them: without the Received: header that we have made.
std::string headers_for_milters(const Work& work);

}
