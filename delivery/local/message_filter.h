// transport_filter (manual 24): a command through which the copy passes before a mailbox or another program gets it.
#pragma once

#include <memory>

#include "delivery/local/job.h"

namespace gp::local {

bool has_message_filter(const Job& job);

// In a child that is the filter's user already: the message on its way to another host, read from `message`, which then
// holds what the filter made of it, with CRLF lines.
launcher::ProgramReply filter_file(const launcher::FilterQuestion& question, int message, std::uint64_t child_memory_mib);

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
