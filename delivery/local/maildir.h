// A message as a file of its own in a Maildir: written to tmp, synced, moved to new (manual 26.5).
#pragma once

#include "delivery/local/mailbox.h"

namespace gp::local {

// The name is made of the message's id and recipient, so that a delivery whose end nobody saw can be
// recognised: it is not made twice.
delivery::Outcome deliver_to_maildir(const Job& job, const std::string& path);
// Several messages: all are written, then all synced, then all moved, and the directory is synced once.
std::vector<delivery::Outcome> deliver_to_maildir(const std::vector<const Job*>& jobs, const std::string& path);
// An error with cause no_space when the quota leaves no room for the message. Counts what is there, and writes nothing.
Status check_maildir_room(const Job& job, const std::string& path);

}
