// transport_filter (manual 24): a command through which the copy passes before a mailbox or another program gets it.
#pragma once

#include <memory>

#include "delivery/local/job.h"

namespace gp::local {

bool has_message_filter(const Job& job);

// The same delivery, of what the command made of the message. Owns what its job looks at.
class FilteredJob {
public:
    static Result<std::unique_ptr<FilteredJob>> make(const Job& job);
    const Job& job() const { return *job_; }

private:
    FilteredJob() = default;
    delivery::Deliver request_;
    spoold::Fetched message_;
    std::unique_ptr<Options> options_;
    std::unique_ptr<Job> job_;
};

}
