// Takes messages from smtpd, submit and bounce, runs the stages and commits them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "cleanup/letter.h"
#include "cleanup/milters.h"
#include "cleanup/room.h"
#include "cleanup/protocol.h"
#include "cleanup/work.h"
#include "common/ipc/endpoint.h"

namespace gp::cleanup {

class Intake final : public ipc::Endpoint<Part, Submit, Abandon, WatchRoom, Settled, MilterQuestion, EndMilters> {
public:
    Intake(const Parameters& parameters, Services services, RoomKeeper& room, const Clock& clock);

    Result<PartReply> answer(const Part& part, ipc::Channel& from) override;
    Result<SubmitReply> answer(const Submit& submit, ipc::Channel& from) override;
    Result<Room> answer(const WatchRoom& question, ipc::Channel& from) override;
    Result<SettledReply> answer(const Settled& question, ipc::Channel& from) override;
    Result<MilterAnswer> answer(const MilterQuestion& question, ipc::Channel& from) override { return milters_.answer(question, from); }
    Result<ipc::Done> answer(const EndMilters& question, ipc::Channel& from) override { return milters_.answer(question, from); }
    void notice(const Abandon& abandon, ipc::Channel& from) override;
    void peer_gone(ipc::Channel& from) override;

private:
    // A message is known by the channel it comes on and its id: nobody can add to another's.
    using Key = std::pair<std::uint64_t, std::string>;

    Result<std::shared_ptr<Letter>> letter_at(const Key& key, std::uint64_t offset);
    SubmitReply accept(const Submit& submit, Letter& letter, std::shared_ptr<MilterSession> milters, event::Deadline until, ipc::Channel& from);
    SubmitReply refused_before(const Submit& submit, Letter& letter);
    static bool is_still_there(const Submit& submit, ipc::Channel& from);
    SubmitReply commit(Work& work, Letter& letter);
    bool was_committed(const std::string& id);

    const Parameters parameters_;
    Services services_;
    RoomKeeper& room_;
    const Clock& clock_;
    MilterDesk milters_;
    std::map<Key, std::shared_ptr<Letter>> letters_;
};

}
