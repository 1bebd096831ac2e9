// A local program's message on its way to cleanup: octets are gathered, sent ahead in Parts when they are many,
// and ended with Submit.
#pragma once

#include <string>
#include <string_view>

#include "cleanup/transfer/transfer.h"

namespace gp::submit {

class Handover {
public:
    Handover(ipc::Link& cleanup, std::string id, Duration patience) : transfer_(cleanup, std::move(id), patience) {}

    Status add(std::string_view octets);
    // `submit` has the envelope; octets are filled in here.
    Result<cleanup::SubmitReply> finish(cleanup::Submit submit);
    bool is_refused() const { return transfer_.is_refused(); }
    std::uint64_t size() const { return transfer_.sent() + waiting_.size(); }

private:
    cleanup::Transfer transfer_;
    std::string waiting_;
};

}
