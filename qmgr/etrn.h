// What routers ask of qmgr (router/etrn_protocol.h): for ETRN a queue run like -R, one at a time for each argument; for ATRN
// one over the client's own connection; and how many messages are queued.
#pragma once

#include "common/ipc/endpoint.h"
#include "qmgr/atrn.h"
#include "qmgr/etrn_ledger.h"
#include "qmgr/queue_runs.h"
#include "qmgr/shared_hints.h"
#include "router/etrn_protocol.h"

namespace gp::qmgr {

// All that other services ask of qmgr.
class Requests final : public ipc::Endpoint<ReadHints, KeepHint, router::BeginEtrn, router::EndEtrn, router::CountQueue, router::BeginAtrn> {
public:
    Requests(HintsHost& hints, QueueRuns& runs, Core& core) : hints_(hints), runs_(runs), index_(core.index), turned_(core, runs) {}
    Result<HintsPage> answer(const ReadHints& question, ipc::Channel& from) override { return hints_.answer(question, from); }
    void notice(const KeepHint& told, ipc::Channel& from) override { hints_.notice(told, from); }
    Result<router::BeginEtrnReply> answer(const router::BeginEtrn& question, ipc::Channel& from) override;
    Result<router::BeginAtrnReply> answer(const router::BeginAtrn& question, ipc::Channel&) override { return turned_.begin(question); }
    void notice(const router::EndEtrn& told, ipc::Channel& from) override;
    Result<router::CountQueueReply> answer(const router::CountQueue&, ipc::Channel&) override { return router::CountQueueReply{index_.size()}; }
    void peer_gone(ipc::Channel& from) override;

private:
    HintsHost& hints_;
    QueueRuns& runs_;
    const Index& index_;
    EtrnLedger running_;
    AtrnRuns turned_;
};

}
