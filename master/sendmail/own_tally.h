// The counts of a rehearsal (ratelimit, seen): those of the suite as far as the caller may read them, in a copy of its
// own, so that what a test counts is seen by that test alone.
#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/ipc/endpoint.h"
#include "router/tally/ledger.h"

namespace gp::sendmail {

class OwnTally final : public ipc::Endpoint<tally::Rate, tally::Seen> {
public:
    // `suites`: the directory with tally's files, which need not be there.
    OwnTally(std::string suites, const Clock& clock) : suites_(std::move(suites)), clock_(clock) {}
    // Where the copies are made, with the first question; it outlives this and is empty.
    void work_in(std::string directory) { directory_ = std::move(directory); }

    Result<tally::RateReply> answer(const tally::Rate& question, ipc::Channel&) override;
    Result<tally::SeenReply> answer(const tally::Seen& question, ipc::Channel&) override;

private:
    Result<tally::Ledger*> ledger();

    std::string suites_, directory_;
    const Clock& clock_;
    std::unique_ptr<tally::Ledger> ledger_;
};

}
