// What a delivery's answer says of a trouble, of a host and of a session.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/clock.h"
#include "delivery/protocol.h"
#include "delivery/remote/client_session.h"

namespace gp::remote {

void describe(delivery::Outcome& into, const Trouble& trouble);
void describe(delivery::Outcome& into, const HostAddress& host);
void describe(delivery::Outcome& into, const ClientSession& session);

// The host's own words behind "SMTP error from remote mail server after …: ", with their code, in lines; empty where it
// said nothing.
std::string response_in(const Trouble& trouble);

std::uint64_t microseconds(const Clock& clock); // since 1970

}
