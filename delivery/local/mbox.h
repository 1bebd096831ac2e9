// A message appended to a file that holds many (manual chapter 26).
#pragma once

#include "delivery/local/mailbox.h"

namespace gp::local {

delivery::Outcome append_to_mbox(const Job& job, const std::string& path);

}
