// What spoold tells: new messages, leases that ended, and after each (re)connection the whole queue, page by
// page, against which the index is set right.
#pragma once

#include <cstdint>
#include <deque>
#include <set>

#include "cleanup/spoold/protocol.h"
#include "common/ipc/endpoint.h"
#include "qmgr/admission.h"
#include "qmgr/core.h"
#include "qmgr/recorder.h"
#include "qmgr/reports.h"

namespace gp::qmgr {

class Intake : public ipc::Endpoint<spoold::Arrived, spoold::Logged, spoold::Released, spoold::Recall> {
public:
    Intake(Core& core, Recorder& recorder, Admission& admission, Reports& reports)
        : core_(core), recorder_(recorder), admission_(admission), reports_(reports)
    {}

    void notice(const spoold::Arrived& message, ipc::Channel& from) override;
    void notice(const spoold::Logged& message, ipc::Channel& from) override;
    void notice(const spoold::Released& message, ipc::Channel& from) override;

    // What waits, and is nobody's at the moment, may be a guest's. Forgotten here.
    Result<spoold::Recalled> answer(const spoold::Recall& wanted, ipc::Channel& from) override;
    // Of a guest: these messages (all, without ids) are its own when this comes back. Suspends.
    gp::Status borrow(const std::vector<std::string>& ids);

    // spoold is there, for the first time or again: starts to reconcile on a fiber.
    void connected();
    // Asks about messages whose agents have been silent for long.
    void tick();
    bool is_reconciled() const { return core_.has_whole_queue; }

private:
    void reconcile(std::uint32_t generation);
    void take(const spoold::Entry& told, bool is_borrowed = false); // what is borrowed waits for an order
    void tell_of_frozen(const spoold::Entry& told); // freeze_tell, of a message that an ACL froze
    void refresh(IndexEntry& entry, const spoold::Entry& told);
    void lease_ended(const QueueId& id, bool uncertain);
    void check_lease(const QueueId& id);

    Core& core_;
    Recorder& recorder_;
    Admission& admission_;
    Reports& reports_;
    std::uint32_t generation_ = 0;
    std::deque<spoold::Entry> to_tell_; // while a fiber tells of them
    bool telling_ = false;
    std::set<QueueId> leased_;
    std::int64_t next_check_ = 0;
    bool checking_ = false;
};

}
