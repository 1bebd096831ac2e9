// The end of an attempt: reports go out, the spool learns what it does not know yet, and the message leaves
// the active set, done or deferred or frozen.
#pragma once

#include <functional>
#include <vector>

#include "qmgr/admission.h"
#include "qmgr/core.h"
#include "qmgr/recorder.h"
#include "qmgr/reports.h"

namespace gp::qmgr {

class Closing {
public:
    // Told when an attempt is over, for the queue runs that wait for it; `reports` are messages made by it.
    using Over = std::function<void(const QueueId& id, const std::vector<std::uint64_t>& runs,
                                    const std::vector<QueueId>& reports)>;
    // Waits until messages made by an attempt need not be waited for; suspends.
    using Precede = std::function<void(const std::vector<QueueId>& reports)>;
    Closing(Core& core, Recorder& recorder, Reports& reports, Settle& settle, Admission& admission, Over over,
            Precede precede)
        : core_(core), recorder_(recorder), reports_(reports), settle_(settle), admission_(admission),
          over_(std::move(over)), precede_(std::move(precede))
    {}

    // On a fiber of its own; the message is not active afterwards.
    void run(std::uint64_t number);

    // Leaves without an attempt: frozen, queued, or its envelope is broken.
    void put_off(Message& message);
    void slow(Message& message);
    void thaw_released(Message& message);
    // The spool does not have it (any more).
    void gone(Message& message);
    // Its envelope cannot be read: looked at again at long intervals, until somebody repairs or removes it.
    void broken(Message& message);

private:
    void remove(Message& message, const std::vector<QueueId>& reports = {});
    bool recover(Message& message);
    void apply_recovered(Message& message, const mail::Envelope& now);
    void count_for_accounts(const Message& message);
    gp::Status record_done(Message& message);
    gp::Status complete(Message& message);
    void freeze(Message& message);
    void tell_record(const Message& message);
    void record_envelope(const Message& message);
    void defer(Message& message, std::vector<QueueId>& reports);
    void pause(Message& message);
    void park(Message& message);
    void leave(Message& message, const std::vector<QueueId>& reports);
    void vanish(Message& message, const std::vector<QueueId>& reports);
    Attempt next_attempt(const Message& message, bool keep_runs) const;

    Core& core_;
    Recorder& recorder_;
    Reports& reports_;
    Settle& settle_;
    Admission& admission_;
    Over over_;
    Precede precede_;
};

}
