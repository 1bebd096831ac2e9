// What a local program says of where its message comes from: -oMa, -oMr and their like (manual 5.3).
// Believed of trusted callers alone; whoever takes a message from a program asks router who the caller is.
#pragma once

#include <cstdint>
#include <string>

#include "common/mail/envelope.h"

namespace gp::mail {

struct Claims {
    std::string protocol;
    std::string host_address, host_name, ident;
    std::string authenticator, authenticated_id, authenticated_sender;
    std::string interface_address;
    std::uint32_t host_port = 0, interface_port = 0;
};

// Control characters become escapes: all of this ends up in headers and logs.
void believe(const Claims& claims, Origin& origin);

}
