// The child of the launcher: becomes the recipient, raises its own walls, delivers, reports and ends.
#pragma once

#include "delivery/local/parameters.h"
#include "delivery/local/transport.h"

namespace gp::local {

// Runs in the child after fork; never returns. `report_to` is a pipe for the encoded DeliverReply.
[[noreturn]] void deliver_and_exit(const Job& job, const Transport& transport, bool change_ids, int report_to);

}
