// -bd and -bV: starting the suite as Exim's daemon would, and saying what this is.
#pragma once

#include "master/sendmail/instance.h"

namespace gp::sendmail {

// Becomes master: -bdf stays in the foreground, -bd comes back when the suite serves. Returns only on
// failure, with the exit status.
int start_daemon(const Options& options, const Instance& instance);

// -bV: version, then whether the configuration can be read (exit status 0 or 1).
int print_version(const Options& options);

}
