// The conversations with milters that this process has under way.
#pragma once

#include <map>
#include <memory>

#include "cleanup/scan/protocol.h"
#include "common/ipc/channel.h"
#include "common/scan/milter_talk.h"

namespace gp::scan {

class MilterOffice {
public:
    Result<BeginMilterReply> begin(const BeginMilter& question, ipc::Channel& from);
    Result<TellMilterReply> tell(const TellMilter& question, ipc::Channel& from);
    Result<GiveMilterReply> give(const GiveMilter& question, ipc::Channel& from);
    Result<ipc::Done> end(const EndMilter& question, ipc::Channel& from);
    void drop(const DropMilter& told, ipc::Channel& from);
    void drop_all_of(ipc::Channel& from);

private:
    using Key = std::pair<std::uint64_t, std::uint64_t>; // of the channel, and the conversation's number
    Result<std::shared_ptr<MilterTalk>> talk_at(const Key& key) const;

    std::map<Key, std::shared_ptr<MilterTalk>> talks_;
    std::uint64_t last_ = 0;
    std::uint32_t beginning_ = 0;
};

}
