// Lines of JSON for the log service: what was decided, and by which line of the configuration (decisionlog); a message
// that is finished (jsonlog). They travel as the other lines do, and nobody waits for them.
#pragma once

#include <string_view>

namespace gp::log {

// How a line of the record log begins; the others are decisions.
inline constexpr std::string_view record_start = "{\"kind\":";

void journal(std::string_view json);

}
