// Who a message or a command comes from, as log lines name them (manual 52.8).
#pragma once

#include <string>

#include "common/mail/envelope.h"

namespace gp::mail {

struct HostWords {
    bool port = false, interface = false; // log selectors incoming_port, incoming_interface
    std::string ports = "*";              // log_ports (common/base/port_list.h): whether our own port is among them
};

// What this process says where nothing else is asked for; neither, until it is set.
HostWords usual_host_words();
void set_usual_host_words(const HostWords& with);

// "name (helo) [address]:port I=[interface]:port U=ident" of a remote host, ident or login of a local program;
// control characters are escaped.
std::string host_words(const Origin& origin, const HostWords& with = usual_host_words());

// The same with "H=" or "U=" in front.
std::string host_and_ident(const Origin& origin, const HostWords& with = usual_host_words());

}
