// What the log needs beside batches, on fibers of its own: spare segments ahead of need, stragglers of old
// segments carried forward, another try after write errors.
#pragma once

#include "cleanup/spoold/committer.h"
#include "cleanup/spoold/space.h"

namespace gp::spoold {

class Upkeep {
public:
    Upkeep(spool::Spool& spool, Committer& committer, SpaceWatch& space, const Parameters& parameters)
        : spool_(spool), committer_(committer), space_(space), parameters_(parameters)
    {
    }

    Status start();
    void batch_ended(); // there may be something to do
    void stop();

private:
    void make_spares();
    void make_spare();
    void compact();
    void sweep_oldest();
    void give_up_unreadable(std::uint32_t generation);
    bool is_readable(const spool::Key& id);
    void revive();

    spool::Spool& spool_;
    Committer& committer_;
    SpaceWatch& space_;
    const Parameters& parameters_;
    event::Notice wants_spare_, wants_compaction_, stopped_log_;
    event::Notice spare_pause_, compaction_pause_, revival_pause_; // ended early by stop() alone
    bool stopping_ = false;
    bool complained_ = false;
};

}
