// Messages that local children want to be submitted: automatic replies. They go in by cleanup like any other, as the
// user whom the child became and with the null sender. No octet of theirs is looked at here.
#pragma once

#include "cleanup/protocol.h"
#include "common/base/clock.h"
#include "common/ipc/link.h"
#include "common/mail/message_id.h"
#include "delivery/local/job.h"

namespace gp::local {

class Replies {
public:
    Replies(ipc::Link& cleanup, const Clock& clock);
    // Its id; empty when there was nobody to send it to.
    Result<std::string> submit(const Job& job, std::string octets);

private:
    ipc::Link& cleanup_;
    const Clock& clock_;
    mail::MessageIdGenerator ids_;
};

}
