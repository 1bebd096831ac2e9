// The system filter (manual 47): run once for each attempt to deliver a message, before its recipients are routed.
// It is the administrator's and may use the whole language; what it sets up is routed and delivered like anything
// else, below a recipient of its own that the log calls system-filter.
#pragma once

#include <optional>

#include "router/chain.h"
#include "router/message_scene.h"

namespace gp::router {

class SystemFilter {
public:
    // Nothing when the configuration has none.
    static Result<std::optional<SystemFilter>> read(const Ground& ground);
    // Of a file that is there now and has no expansion in its name: that it writes no log, which is not done here. What
    // else is wrong with it is told when it runs.
    Status check() const;
    // `chain` routes what the filter sets up; an error is of the filter or its file, and freezes the message.
    Result<SystemFiltered> run(const Chain& chain, MessageScene& message, const Occasion& occasion) const;

private:
    explicit SystemFilter(const Ground& ground) : ground_(&ground) {}
    Result<std::string> text(expand::Scene& scene) const;
    Candidate candidate_of(filter::Action action, expand::Scene& scene) const;
    void give_transport(Candidate& child, expand::Scene& scene) const;

    const Ground* ground_;
    std::optional<expand::Expression> file_;
    std::optional<expand::Expression> file_transport_, directory_transport_, pipe_transport_, reply_transport_;
    std::optional<User> user_;
    std::optional<std::uint32_t> gid_;
};

}
