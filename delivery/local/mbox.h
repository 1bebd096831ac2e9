// A message appended to a file that holds many (manual chapter 26).
#pragma once

#include "delivery/local/mailbox.h"

namespace gp::local {

delivery::Outcome append_to_mbox(const Job& job, const std::string& path);
// Several messages under the same locks, with one sync. One that does not fit fails alone.
std::vector<delivery::Outcome> append_to_mbox(const std::vector<const Job*>& jobs, const std::string& path);
// An error with cause no_space when the quota leaves no room for the message. A mailbox that is not there is empty.
Status check_mbox_room(const Job& job, const std::string& path);

}
