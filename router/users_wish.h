// Asking what a user's own file wants done: all that the file may see of the message and the address, put into the
// question that launcher hands to a child of that user (delivery/local/interpret_protocol.h).
#pragma once

#include "delivery/local/interpret_protocol.h"
#include "router/driver.h"

namespace gp::router {

// Without the user's ids, and as for a list of addresses.
launcher::InterpretQuestion question_about(const Question& question, const std::string& path, std::uint64_t largest);

// What the child said; an error of the file is permanent, all others are temporary.
Result<launcher::InterpretReply> answer_of(Result<launcher::InterpretReply> reply);

}
