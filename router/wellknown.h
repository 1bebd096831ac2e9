// What answers WELLKNOWN: the content of the file that the ACL named (control = wellknown/FILE, Exim 4.98).
#pragma once

#include "common/expand/scene.h"
#include "router/policy_protocol.h"
#include "router/world.h"

namespace gp::router {

// Of an ACL that accepted: first_text becomes "SIZE=octets" and the file in xtext (RFC 3461 section 4), broken into lines;
// the verdict becomes deny where no file is named, or it cannot be read, or is larger than wellknown_file_max.
void tell_wellknown(const World& world, expand::Scene& scene, AskReply& reply);

}
