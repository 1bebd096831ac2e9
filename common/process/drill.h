// What the wall tests do inside a jailed process: tests/drill links services that have a rehearsal, which
// SIGUSR2 starts. In every program that is installed there is none.
#pragma once

#include <string>
#include <vector>

namespace gp::process::drill {

// "open /etc/passwd: refused (Permission denied)", "connect 127.0.0.1 port 25: done" … one line for each attempt.
using Rehearsal = std::vector<std::string> (*)();
extern Rehearsal rehearsal;

}
