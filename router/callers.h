// Local callers as main options see them: one without a password entry (unknown_login, unknown_username), and the
// "From " line that UUCP puts before a message (uucp_from_pattern, uucp_from_sender).
#pragma once

#include <optional>

#include "router/world.h"

namespace gp::router {

// unknown_login stands for a uid that has no name; nullopt when it is unset. The gecos field is unknown_username.
Result<std::optional<User>> unknown_caller(const World& world, std::uint32_t uid, std::uint32_t gid);

// The sender that a line before a message names; nullopt: it is no such line.
Result<std::optional<std::string>> sender_in_from_line(const World& world, const std::string& line);

}
