// A main option that is expanded for each message: router knows its text, we name it.
#pragma once

#include <string>
#include <string_view>

#include "cleanup/work.h"

namespace gp::cleanup {

// A forced failure gives the empty string, as for an unset option.
Result<std::string> expand_main(const Work& work, std::string_view option);

}
