// The Received: header of a message, by the configuration's text or by the default.
#pragma once

#include <cstdint>
#include <string>

#include "cleanup/work.h"
#include "common/mail/received.h"

namespace gp::cleanup {

Result<std::string> make_received(const Work& work, std::int64_t when);

}
