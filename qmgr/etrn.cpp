#include "qmgr/etrn.h"

namespace gp::qmgr {

Result<router::BeginEtrnReply> Requests::answer(const router::BeginEtrn& question, ipc::Channel& from)
{
    const bool is_command = question.recipient.empty();
    if (!TRY(running_.begin(question.key, is_command ? from.id() : EtrnLedger::ours)))
        return router::BeginEtrnReply{false};
    if (is_command)
        return router::BeginEtrnReply{true};
    auto spawned = event::Loop::current().spawn("queue run of ETRN", [this, key = question.key, recipient = question.recipient] {
        runs_.run(Run{.recipient_match = recipient, .wait = true});
        running_.end(key, EtrnLedger::ours);
    });
    if (!spawned) {
        running_.end(question.key, EtrnLedger::ours);
        return spawned.error();
    }
    return router::BeginEtrnReply{true};
}

void Requests::notice(const router::EndEtrn& told, ipc::Channel& from)
{
    running_.end(told.key, from.id());
}

void Requests::peer_gone(ipc::Channel& from)
{
    running_.gone(from.id());
}

}
