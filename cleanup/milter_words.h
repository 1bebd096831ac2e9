// How milters are told of a client and its commands: the arguments of each step, and the macros as sendmail and Postfix
// name them (MILTER_README of Postfix has the list for each step).
#pragma once

#include <string>
#include <vector>

#include "cleanup/parameters.h"
#include "cleanup/protocol.h"

namespace gp::cleanup {

std::string milter_arguments(const MilterQuestion& question);

// All that is known, and which of them are usual at this step.
std::vector<mail::MilterMacro> milter_macros(const MilterQuestion& question, const Parameters& parameters, const std::string& daemon_name);
// At the end of the headers and of the message: its id.
std::vector<mail::MilterMacro> milter_macros_of_message(const std::string& id, const mail::Envelope& envelope, const Parameters& parameters);

}
