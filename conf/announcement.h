// The line in the main log that says what a suite does for the world, as Exim's daemon writes it when it starts.
#pragma once

#include <string>

#include "conf/compile.h"

namespace gp::conf {

// "gatepost 0.1.0 daemon started: pid=$pid, -q30m, listening for SMTP on port 25 (IPv6 and IPv4)": master knows the
// number. Empty for the suite of one command.
std::string announcement(const Context& context);

}
