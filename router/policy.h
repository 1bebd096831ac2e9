// Answers smtpd and cleanup: how a client is greeted, and what the access control lists say at each phase.
#pragma once

#include "common/acl/context.h"
#include "router/policy_protocol.h"
#include "router/tls_protocol.h"
#include "router/world.h"

namespace gp::router {

// The content of a message, or of the part of it that an ACL runs for.
class PartContents : public acl::Contents {
public:
    virtual void take_part(std::int32_t number) = 0; // as in the question
};

// Whom words may ask about a message when the whole of it is there.
struct MessageCalls {
    acl::Scanners* scanners = nullptr;
    PartContents* contents = nullptr;
    std::vector<mail::CheckedSignature>* signatures = nullptr; // at dkim
};

class Policy {
public:
    virtual ~Policy() = default;
    virtual Result<AskReply> ask(const Ask& question, const MessageCalls& calls = {}) = 0;
    virtual Result<GreetReply> greet(const Greet& question) = 0;
    virtual Result<ProxyAnswer> ask_proxy(const AskProxy& question) = 0;
    virtual Result<TlsAnswer> ask_tls(const AskTls& question) = 0;
};

}
