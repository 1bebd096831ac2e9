// A message over a session that waits for it (held_links.h): DATA, the message, and what the host says of it. Nothing is
// in the spool; whoever asks has it still, and decides by the answer.
#pragma once

#include "delivery/remote/held_links.h"

namespace gp::remote {

class HeldDelivery {
public:
    HeldDelivery(Workshop& workshop, const CutThrough& question, HeldSession& held);
    // An error: the host did not get the message, which may go the usual way.
    Result<delivery::DeliverReply> run();

private:
    Status check(const SmtpOptions& options) const;
    Result<MessageContent> content(const SmtpOptions& options) const;
    TransactionResult send(const SmtpOptions& options, const Protocol& protocol, const MessageContent& content);
    delivery::Outcome outcome(std::size_t target, const Fortune& fortune, const TransactionResult& result) const;

    Workshop& workshop_;
    const CutThrough& question_;
    const delivery::Deliver& request_;
    HeldSession& held_;
    event::Deadline until_;
};

}
