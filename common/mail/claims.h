// What a local program says of where its message comes from: -oMa, -oMr and their like (manual 5.3).
// Believed of trusted callers alone; whoever takes a message from a program asks router who the caller is.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "common/mail/envelope.h"

namespace gp::mail {

struct Claims {
    std::string protocol;
    std::string host_address, host_name, ident;
    std::string authenticator, authenticated_id, authenticated_sender;
    std::string interface_address;
    std::uint32_t host_port = 0, interface_port = 0;
    std::string message_reference; // -oMm: the id of a message that this one has to do with, for R= of its arrival line
};

// Whether -oMm may stand: only a trusted caller's, and only a message id; in Exim's words where not.
Status check_reference(const Claims& claims, bool is_trusted);

// Control characters become escapes: all of this ends up in headers and logs.
void believe(const Claims& claims, Origin& origin);

}
