// Obeys a user's own .forward or filter with the rights of this process, which is a child that has become the user
// behind walls: lists of addresses, Exim filters and Sieve. What the file may see of other files is what the user may;
// it has no network, runs no program, and knows of the configuration what launcher knows: named lists are among it, but
// hidden ones are not.
#pragma once

#include <memory>

#include "delivery/local/interpret_protocol.h"
#include "delivery/local/parameters.h"

namespace gp::local {

class Interpreter {
public:
    // To be made before the nursery: words and registries are taken once.
    explicit Interpreter(const launcher::Parameters& parameters);
    ~Interpreter();
    // `home`: home_of() its user (permits.h), asked before walls stood.
    launcher::InterpretReply obey(const launcher::InterpretQuestion& question, const std::string& home) const;

private:
    struct Ground;
    std::unique_ptr<const Ground> ground_;
};

}
