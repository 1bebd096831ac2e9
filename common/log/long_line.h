// Entries of a rare kind.
#pragma once

#include <string_view>

namespace gp::log {

// The one kind of entry of the main log that has two lines, as Exim writes it: what the suite has to say of its own
// configuration, and what to do about it. Nothing from outside comes this way.
void main_in_two_lines(std::string_view text, std::string_view advice);
// In the panic log and in no other: logwrite = :panic: text.
void panic_alone(std::string_view text);

}
