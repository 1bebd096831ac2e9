// What the operators escape and escape8bit share.
#pragma once

#include "common/expand/operator.h"

namespace gp::expand {

// The octet as \nnn.
std::string octal_escape(char c);

}
