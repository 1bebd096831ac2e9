// Hands the message on standard input to the suite, or leaves it in the drop directory when the suite is
// down. Exit status 0 only when it is on stable storage.
#pragma once

#include "master/sendmail/instance.h"
#include "master/sendmail/message_source.h"
#include "master/sendmail/options.h"

namespace gp::sendmail {

// The exit status: 0, 1 as Exim for what is refused, 2 for a message without recipients, 75
// (EX_TEMPFAIL) for what may work later.
int send(const Options& options, const Instance& instance);

// One message from any source. An error: it was not taken, and why.
Result<int> hand_in(const Options& options, const Instance& instance, MessageSource& source);

// The drop directory (SECURITY.md 4.7): a file that appears under a random name when it is complete.
// Returns once the file is on stable storage.
Status leave_in_drop(const Options& options, const Instance& instance, MessageSource& source);

}
