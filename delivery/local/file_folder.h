// A directory in which each message is a file of its own, without further convention (manual 26.9).
#pragma once

#include "delivery/local/job.h"

namespace gp::local {

delivery::Outcome deliver_to_folder(const Job& job, const std::string& path);

}
