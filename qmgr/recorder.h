// Writes outcomes into the spool. A record that spoold has not acknowledged is sent again, however often
// spoold is restarted: all of them may be repeated without harm.
#pragma once

#include "cleanup/spoold/protocol.h"
#include "qmgr/core.h"

namespace gp::qmgr {

class Recorder {
public:
    explicit Recorder(Core& core) : core_(core) {}

    // Returns when the record is on stable storage, when the message is gone (Cause::not_found), or when we
    // are told to stop (Cause::closed). Suspends.
    gp::Status write(const spoold::Record& record);

    // The envelope as the spool has it now. Waits for spoold as long as it takes; errors as above.
    Result<spoold::GetEnvelope::Reply> envelope(const QueueId& id, bool want_headers = false,
                                                  std::uint32_t body_octets = 0);

    // With the reason of its last deferral.
    Result<spoold::GetEnvelope::Reply> shown(const QueueId& id, bool want_headers);
    // For somebody who waits: an error after a few tries.
    Result<spoold::GetEnvelope::Reply> envelope_soon(const QueueId& id);

private:
    template <class Message>
    Result<typename Message::Reply> insist(const Message& message, int most_refusals);

    Core& core_;
};

}
