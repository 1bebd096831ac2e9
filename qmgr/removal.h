// A message is taken out of the queue by an operator: the spool says so first, then the log, with who did it.
#pragma once

#include <string>

#include "qmgr/core.h"
#include "qmgr/recorder.h"

namespace gp::qmgr {

// Not while somebody works on it; its index entry goes. An error: it is still there. Suspends.
gp::Status remove_message(Core& core, Recorder& recorder, const QueueId& id, const mail::Envelope& envelope, const std::string& who);

}
