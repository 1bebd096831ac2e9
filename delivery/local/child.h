// The launcher's child: becomes the recipient, raises its own walls, delivers, reports and ends.
#pragma once

#include <string>

#include "delivery/local/interpreter.h"
#include "delivery/local/parameters.h"
#include "delivery/local/transport.h"

namespace gp::local {

// What every child knows from birth; the rest it is told (nursery.h).
struct Upbringing {
    const launcher::Parameters& parameters;
    const Registry<Transport>& transports;
    bool changes_ids = false; // false in an ordinary user's instance: everything is theirs
    const Interpreter* interpreter = nullptr; // of users' files; null: none are obeyed
    std::string pam_program;     // absolute; empty: PAM cannot be asked
    std::string sasl_program;    // absolute; empty: Cyrus SASL cannot be asked
    bool checks_permits = false; // nothing is done that the configuration does not name (permits.h)
};

// Runs in the child after fork; never returns. Framed Orders come in by `orders`, and for each a framed DeliverReply
// goes out; the end of the orders is the end of the child. `large`: the file of the first message, or -1.
[[noreturn]] void live_and_exit(const Upbringing& upbringing, int orders, int large);

}
