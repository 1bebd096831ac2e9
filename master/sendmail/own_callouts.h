// The callouts of -bhc: made by this process, with the caller's rights, and remembered as long as it runs. (What the
// daemons remember is tally's, which answers services alone.)
#pragma once

#include <map>
#include <memory>

#include "common/ipc/link.h"
#include "router/callouts.h"

namespace gp::sendmail {

class OwnCallouts final : public router::CalloutOffice {
public:
    // `router` answers what the client's side asks of it.
    OwnCallouts(const std::string& primary_hostname, ipc::Link& router);
    ~OwnCallouts() override;
    Result<remote::CalloutReply> call(const remote::Callout& question, event::Deadline until) override;
    std::optional<std::string> recall(const std::string& key) override;
    void remember(const std::string& key, const std::string& value, Duration lifetime) override;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
    std::map<std::string, std::string> remembered_; // with the second at which each was learnt
};

}
