// A build with GATEPOST_DRILL: a jailed process tries what an intruder would, and says what happened. Such
// builds are never installed; in others try_all() has nothing to say.
#pragma once

#include <string>
#include <vector>

namespace gp::process::drill {

// "open /etc/passwd: refused (Permission denied)", "connect 127.0.0.1 port 25: done" … one line for each
// attempt. Nothing that succeeds leaves a trace.
std::vector<std::string> try_all();

}
