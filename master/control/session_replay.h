// A session whose refusal is in the decision journal, played again without side effects (-bh, manual 5.3), with every
// statement of the ACLs that it comes to and each condition with the value that it sees.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "common/base/result.h"
#include "master/control/verb.h"

namespace gp::control {

// What the client says up to the phase of this decision: lines with CRLF. Empty for a decision that no session has led to.
std::string session_up_to(const nlohmann::json& decision);

// The trace, by the configuration as it is now. An error: the client's address is not known, or -bh cannot be run.
Result<std::string> replay_session(const Invocation& call, const nlohmann::json& decision);

}
