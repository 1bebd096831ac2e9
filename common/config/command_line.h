// The words of a command as Exim splits it (manual 29.3): at blanks; 'as it is'; "with \ before a character".
// Nothing is expanded here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::config {

// `together`: outside of quotes, what stands between braces is one word, for it will be expanded.
enum class Braces { plain, together };

Result<std::vector<std::string>> split_command(std::string_view text, Braces braces = Braces::plain);

}
