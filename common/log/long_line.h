// The one kind of entry of the main log that has two lines, as Exim writes it: what the suite has to say of its own
// configuration, and what to do about it. Nothing from outside comes this way.
#pragma once

#include <string_view>

namespace gp::log {

void main_in_two_lines(std::string_view text, std::string_view advice);

}
