#include "cleanup/submit/handover.h"

namespace gp::submit {

Status Handover::add(std::string_view octets)
{
    waiting_ += octets;
    if (waiting_.size() < 2 * cleanup::part_size)
        return {};
    std::string_view rest = waiting_;
    for (; rest.size() >= cleanup::part_size; rest.remove_prefix(cleanup::part_size))
        TRY(transfer_.send_part(std::string(rest.substr(0, cleanup::part_size))));
    waiting_.erase(0, waiting_.size() - rest.size());
    return {};
}

Result<cleanup::SubmitReply> Handover::finish(cleanup::Submit submit)
{
    submit.octets = std::move(waiting_);
    return transfer_.submit(std::move(submit));
}

}
