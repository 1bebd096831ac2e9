// What the caller of a program hands on to it: descriptors and ways to treat signals that it did not ask for.
#pragma once

#include <span>

namespace gp::process {

// Standard files that are closed become /dev/null: the first socket would take their place otherwise, and be read
// and written as one of them. An inherited "ignore" of SIGCHLD would hide how children end.
void settle_inheritance();

// Closes all descriptors from 3 on but these: a lock or pipe of the caller would be held as long as we live.
void close_all_but(std::span<const int> kept);

}
