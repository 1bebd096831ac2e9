// Messages of the queue as text for people and as JSON for programs.
#pragma once

#include <string>
#include <string_view>

#include "qmgr/protocol.h"

namespace gp::control {

std::string as_text(const qmgr::Listed& message);
std::string as_json(const qmgr::Listed& message);
void put(std::string_view text); // on standard output

}
