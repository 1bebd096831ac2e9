// What the test modes read from standard input: lines, as Exim reads them there.
#pragma once

#include <optional>
#include <string>

namespace gp::sendmail {

// Prints "> " and gives the next line; a backslash at its end takes the next one in, without that one's
// leading blanks. nullopt at the end.
std::optional<std::string> prompt_for_line();

// The same without a prompt and without continuation.
std::optional<std::string> plain_line();

}
