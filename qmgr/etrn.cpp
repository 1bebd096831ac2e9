#include "qmgr/etrn.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t most_running = 1000; // keys; clients name them

}

Result<router::BeginEtrnReply> Requests::answer(const router::BeginEtrn& question, ipc::Channel&)
{
    const auto& key = question.key;
    if (!key.empty()) {
        if (running_.size() >= most_running)
            return temporary("too many ETRN commands are in work");
        if (!running_.insert(key).second)
            return router::BeginEtrnReply{false};
    }
    if (question.recipient.empty())
        return router::BeginEtrnReply{true};
    auto spawned = event::Loop::current().spawn("queue run of ETRN", [this, key, recipient = question.recipient] {
        runs_.run(Run{.recipient_match = recipient, .wait = true});
        running_.erase(key);
    });
    if (!spawned) {
        running_.erase(key);
        return spawned.error();
    }
    return router::BeginEtrnReply{true};
}

void Requests::notice(const router::EndEtrn& told, ipc::Channel&)
{
    running_.erase(told.key);
}

}
