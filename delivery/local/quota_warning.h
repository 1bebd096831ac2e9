// quota_warn_threshold and quota_warn_message (manual 26.2): who owns a mailbox is told when a delivery makes it
// larger than the threshold. Router has written the message; it is sent when the mailbox is unlocked again, and a
// warning that cannot be sent spoils no delivery.
#pragma once

#include "delivery/local/mailbox.h"

namespace gp::local {

void warn_when_crossed(const Job& job, const Usage& before, std::int64_t size);

}
