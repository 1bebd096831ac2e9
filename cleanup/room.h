// Whether the spool takes mail, as spoold tells it: for our own refusals, and handed on to every smtpd that
// wants to refuse at MAIL already. Until spoold has spoken there is room; its commit is the last word.
#pragma once

#include <memory>
#include <vector>

#include "cleanup/protocol.h"
#include "cleanup/spoold/protocol.h"
#include "common/ipc/endpoint.h"
#include "common/ipc/link.h"

namespace gp::cleanup {

class RoomKeeper final : public ipc::Endpoint<spoold::Space> {
public:
    // Asks each spoold process that comes, once. `spoold` was dialled with us for its notices.
    void follow(ipc::Link& spoold);
    void notice(const spoold::Space& space, ipc::Channel& from) override;

    const Room& now() const { return now_; }
    void subscribe(ipc::Channel& watcher);

private:
    void ask(const std::shared_ptr<ipc::Channel>& spoold);
    void take(const spoold::Space& space);

    Room now_;
    std::vector<std::weak_ptr<ipc::Channel>> watchers_;
};

}
