// Answers smtpd and cleanup: how a client is greeted, and what the access control lists say at each phase.
#pragma once

#include "common/acl/context.h"
#include "router/policy_protocol.h"
#include "router/world.h"

namespace gp::router {

class Policy {
public:
    virtual ~Policy() = default;
    // `scanners`: of the message, when the whole of it is there.
    virtual Result<AskReply> ask(const Ask& question, acl::Scanners* scanners = nullptr) = 0;
    virtual Result<GreetReply> greet(const Greet& question) = 0;
};

}
