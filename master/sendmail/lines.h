// What the test modes read from standard input: lines, as Exim reads them there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gp::sendmail {

// Prints "> " and gives the next line; a backslash at its end takes the next one in, without that one's
// leading blanks. nullopt at the end.
std::optional<std::string> prompt_for_line();

// The same for a batch of very many lines: the view is good until the next call. False at the end.
bool prompt_for_view(std::string_view& line);

// Words for standard output, which go there in large pieces: with the next read that may wait, or with say_now(). Whoever
// prints in another way meanwhile calls that before.
void say(std::string_view words);
void say_now();

// The same without a prompt and without continuation.
std::optional<std::string> plain_line();

}
