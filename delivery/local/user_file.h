// One look at a file with the rights of this process, which is a child that has become the user.
#pragma once

#include "delivery/local/file_protocol.h"

namespace gp::local {

// Follows links: where they lead, the user could go as well. Never waits for a FIFO's other end or a device; a
// file system that hangs hangs this process, and the launcher ends it.
launcher::FileReply look_at(const launcher::FileQuestion& question);

}
