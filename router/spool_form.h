// What the queuefile transport wants to know of a message, which no other transport asks for.
#pragma once

#include <vector>

#include "common/expand/scene.h"
#include "router/routing_protocol.h"

namespace gp::router {

// Adds the options of spool_form_protocol.h, and one that has all recipients of the message go into one delivery: there
// is one pair of files for them.
void add_spool_form(const expand::Scene& scene, std::vector<Option>& options);

}
