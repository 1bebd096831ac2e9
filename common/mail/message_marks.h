// What one service leaves in a message's variables for another. Names that no ACL variable can have (those begin with
// "c" or "m" and a digit or an underscore).
#pragma once

#include <string_view>

namespace gp::mail {

// An ACL froze the message, and those of freeze_tell are to hear of it (control = freeze without /no_tell).
inline constexpr std::string_view freeze_tells = "freeze_tell";

}
