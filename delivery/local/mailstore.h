// A message as a pair of files, envelope and message (manual 26.6).
#pragma once

#include "delivery/local/job.h"

namespace gp::local {

delivery::Outcome deliver_to_mailstore(const Job& job, const std::string& path);

}
