// Which texts of a transport are expanded when, by what they ask for: one that says something of the connection waits for it
// where it can (late_protocol.h), and is refused where it cannot.
#pragma once

#include <string_view>

#include "common/base/result.h"
#include "conf/params/configuration.h"

namespace gp::router {

// Does the text name a variable of the host or of the connection, as "$host", "${host}" or "def:host"?
bool says_of_host(std::string_view text);

// Is this option of an smtp transport, with this text, expanded when the connection stands?
bool is_late(std::string_view option, std::string_view text);

// The error names the first option that asks for what is not known yet when it is expanded.
Status check_connection_variables(const conf::Driver& instance);

}
