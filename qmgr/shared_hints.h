// Both ends of hints_protocol.h: what the suite's qmgr answers to guests, and how a guest's has the book filled.
#pragma once

#include "common/ipc/endpoint.h"
#include "common/ipc/link.h"
#include "qmgr/hints_protocol.h"
#include "qmgr/retry_book.h"

namespace gp::qmgr {

class HintsHost : public ipc::Endpoint<ReadHints, KeepHint> {
public:
    explicit HintsHost(RetryBook& book) : book_(book) {}
    Result<HintsPage> answer(const ReadHints& question, ipc::Channel& from) override;
    void notice(const KeepHint& told, ipc::Channel& from) override;

private:
    RetryBook& book_;
};

// Fills the book with what the host's says, and has the host told of each change from then on. Suspends.
gp::Status share_hints(RetryBook& book, ipc::Link& host, event::Deadline until);

}
