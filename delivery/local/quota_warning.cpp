#include "delivery/local/quota_warning.h"

#include "common/base/amount.h"
#include "common/base/text.h"

namespace gp::local {

void warn_when_crossed(const Job& job, const Usage& before, std::int64_t size)
{
    const auto text = job.options.text("quota_warn_threshold");
    const auto message = job.options.text("quota_warn_message");
    if (!job.letters || trim(text).empty() || message.empty())
        return;
    const auto quota = quota_of(job.options);
    const auto threshold = parse_share(trim(text), quota ? quota->octets : 0);
    if (threshold && *threshold > 0 && before.octets <= *threshold && before.octets + size > *threshold)
        job.letters->push_back(replace_all(replace_all(message, "\r\n", "\n"), "\n", "\r\n"));
}

}
