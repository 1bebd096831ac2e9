// The daemons' callouts: remote makes them, tally remembers what came of them.
#pragma once

#include "common/ipc/link.h"
#include "router/callouts.h"

namespace gp::router {

class LinkedCalloutOffice final : public CalloutOffice {
public:
    // `remote_uid`: whose the connections are that callouts hold.
    LinkedCalloutOffice(ipc::Link& remote, ipc::Link& tally, std::uint32_t remote_uid) : remote_(remote), tally_(tally), remote_uid_(remote_uid) {}
    Result<remote::CalloutReply> call(const remote::Callout& question, event::Deadline until) override;
    Result<remote::CalloutReply> call_again(const ipc::Fd& held, const remote::Callout& question, event::Deadline until) override;
    std::optional<std::string> recall(const std::string& key) override;
    void remember(const std::string& key, const std::string& value, Duration lifetime) override;

private:
    ipc::Link& remote_;
    ipc::Link& tally_;
    const std::uint32_t remote_uid_;
};

}
