// exim -be: expands lines and prints the results. Used by sendmail's -be and -bem.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/expand/scene.h"

namespace gp::expand {

// Where lines come from; false at the end. The line end is taken off.
using LineSource = std::function<bool(std::string& line)>;
using TextSink = std::function<void(std::string_view text)>;

// Reads lines until the end, each after the prompt "> ", and prints what it expands to, or "Failed: …".
// White space at the end of a line is dropped; a line that then ends in a backslash goes on in the next one,
// whose leading white space is dropped too.
void expand_lines(Scene& scene, const LineSource& lines, const TextSink& out);
// One argument of the command line. False when it failed.
bool expand_argument(Scene& scene, std::string_view text, const TextSink& out);

}
