// What is in the message that an ACL judges, or in the MIME part in hand: cleanup has the octets, and scan decodes
// them.
#pragma once

#include "common/ipc/channel.h"
#include "router/policy.h"

namespace gp::router {

class PartCalls final : public PartContents {
public:
    PartCalls(ipc::Channel& asker, std::string id) : asker_(asker), id_(std::move(id)) {}
    void take_part(std::int32_t number) override { part_ = number; }
    Result<acl::Unpacked> decode(const std::string& file, std::size_t start) override;
    Result<std::string> decoded(std::size_t most) override;
    Result<std::string> raw(std::uint64_t skip, std::size_t most) override;

private:
    ipc::Channel& asker_;
    const std::string id_;
    std::int32_t part_ = -1; // the whole message
    unsigned files_ = 0;     // that were given a name of ours
};

}
