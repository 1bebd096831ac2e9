// notify_comsat (manual 26.2): comsat, or biff(1)'s daemon, is told of new mail by a datagram to this machine. It is sent
// and forgotten: nobody may listen, and that is no trouble.
#pragma once

#include <cstdint>

#include "delivery/local/job.h"

namespace gp::local {

// Before the walls rise, where the job asks for it: a socket that can send to comsat and nowhere else.
void open_comsat(const Job& job);
// "user@offset": where in the mailbox the message begins.
void tell_comsat(const Job& job, std::int64_t offset);

}
