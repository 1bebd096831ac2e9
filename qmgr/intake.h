// What spoold tells: new messages, leases that ended, and after each (re)connection the whole queue, page by
// page, against which the index is set right.
#pragma once

#include <cstdint>
#include <set>

#include "cleanup/spoold/protocol.h"
#include "common/ipc/endpoint.h"
#include "qmgr/admission.h"
#include "qmgr/core.h"
#include "qmgr/recorder.h"

namespace gp::qmgr {

class Intake : public ipc::Endpoint<spoold::Arrived, spoold::Released> {
public:
    Intake(Core& core, Recorder& recorder, Admission& admission)
        : core_(core), recorder_(recorder), admission_(admission)
    {}

    void notice(const spoold::Arrived& message, ipc::Channel& from) override;
    void notice(const spoold::Released& message, ipc::Channel& from) override;

    // spoold is there, for the first time or again: starts to reconcile on a fiber.
    void connected();
    // Asks about messages whose agents have been silent for long.
    void tick();
    bool is_reconciled() const { return core_.has_whole_queue; }

private:
    void reconcile(std::uint32_t generation);
    void take(const spoold::Entry& told);
    void refresh(IndexEntry& entry, const spoold::Entry& told);
    void lease_ended(const QueueId& id, bool uncertain);
    void check_lease(const QueueId& id);

    Core& core_;
    Recorder& recorder_;
    Admission& admission_;
    std::uint32_t generation_ = 0;
    std::set<QueueId> leased_;
    std::int64_t next_check_ = 0;
    bool checking_ = false;
};

}
