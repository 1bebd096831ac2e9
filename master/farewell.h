// In which order the processes of a suite end: along the way of a message, so that whoever still works finds
// those whom it asks. Pure: a table and a question.
#pragma once

#include <string_view>

namespace gp::master {

// Lower ones end first; a process is told to end when none of a lower rank is left.
unsigned farewell_rank(std::string_view program);

}
