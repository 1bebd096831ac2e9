// Whether mail may come in: what the disk has left, and whether the log can be written. Told to every
// cleanup when it changes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cleanup/spoold/committer.h"
#include "cleanup/spoold/protocol.h"
#include "common/event/loop.h"
#include "common/ipc/channel.h"

namespace gp::spoold {

class SpaceWatch {
public:
    // `log_directory` is where log files are, for room alone; nothing: not watched.
    SpaceWatch(spool::Spool& spool, const Committer& committer, const Parameters& parameters, OwnedFd log_directory);

    void start();
    const Space& now() const { return now_; }
    // So little is left that every segment that can be won back counts.
    bool is_pressed() const { return !now_.accepting || is_short_; }
    // Room for making `size` octets of segments ahead of need.
    bool has_room_for(std::uint64_t size) const;
    void subscribe(ipc::Channel& cleanup);
    void look(); // now; tells when something has changed

private:
    void tell();
    bool differs(const Space& from) const;

    spool::Spool& spool_;
    const Committer& committer_;
    const Parameters& parameters_;
    const OwnedFd log_directory_;
    Space now_, told_;
    bool is_short_ = false;
    bool complained_ = false;
    std::vector<std::weak_ptr<ipc::Channel>> subscribers_;
    event::Timer timer_;
};

}
