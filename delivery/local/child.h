// The child of the launcher: becomes the recipient, raises its own walls, delivers, reports and ends.
#pragma once

#include "delivery/local/parameters.h"
#include "delivery/local/transport.h"

namespace gp::local {

// Runs in the child after fork; never returns. `launcher` is a socket to it: the framed DeliverReply goes out,
// and, when the child is `kept`, framed Orders come in until it is closed.
[[noreturn]] void deliver_and_exit(const Job& job, const Transport& transport, bool change_ids, int launcher, bool kept);

}
