// file_format (manual 26.2): an existing mailbox says by its first octets which transport it is for.
#pragma once

#include <cstdint>
#include <string>

#include "delivery/local/job.h"

namespace gp::local {

inline constexpr std::int32_t error_format_without_transport = -30, error_unknown_format = -33; // in the log, as Exim's

// The name of the transport: the job's own for a mailbox that is empty or not there. The cause `not_found` is that of a
// format whose transport is not among `formats`, `refused` that of no format at all.
Result<std::string> transport_of_format(const Job& job, const std::string& path);

// The same job as another transport would have it.
auto with_transport(const Job& job, const router::Delivery& other, const auto& use)
{
    auto request = job.request;
    request.instruction = router::of_transport(job.instruction(), other);
    const Options options{request.instruction.options};
    return use(Job{.request = request, .message = job.message, .parameters = job.parameters, .options = options,
                   .launcher = job.launcher, .letters = job.letters});
}

}
