// One message on its way to cleanup: octets are gathered, sent ahead in Parts when they are many, and
// ended with Submit. When the cleanup process dies, another one is asked whether the message is ours.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cleanup/protocol.h"
#include "common/ipc/link.h"

namespace gp::submit {

class Handover {
public:
    Handover(ipc::Link& cleanup, std::string id, Duration patience);
    ~Handover(); // abandons what was not submitted

    Status add(std::string_view octets);
    // `submit` has the envelope; octets are filled in here.
    Result<cleanup::SubmitReply> finish(cleanup::Submit submit);
    std::uint64_t size() const { return sent_ + waiting_.size(); }

private:
    Status send_part(std::string_view octets);
    Result<cleanup::SubmitReply> settle(const Error& error);

    ipc::Link& link_;
    const std::string id_;
    const Duration patience_;
    std::shared_ptr<ipc::Channel> channel_; // the process that has the first part
    std::string waiting_;
    std::uint64_t sent_ = 0;
    bool finished_ = false;
};

}
