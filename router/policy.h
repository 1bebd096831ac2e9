// Answers smtpd and cleanup: how a client is greeted, and what the access control lists say at each phase.
#pragma once

#include "router/protocol.h"
#include "router/world.h"

namespace gp::router {

class Policy {
public:
    virtual ~Policy() = default;
    virtual Result<AskReply> ask(const Ask& question) = 0;
    virtual Result<GreetReply> greet(const Greet& question) = 0;
};

}
