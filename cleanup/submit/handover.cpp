#include "cleanup/submit/handover.h"

namespace gp::submit {

Handover::Handover(ipc::Link& cleanup, std::string id, Duration patience)
    : link_(cleanup), id_(std::move(id)), patience_(patience)
{
}

Handover::~Handover()
{
    if (!finished_ && channel_ && channel_->is_open())
        channel_->send(cleanup::Abandon{id_});
}

Status Handover::add(std::string_view octets)
{
    waiting_ += octets;
    if (waiting_.size() < 2 * cleanup::part_size)
        return {};
    std::string_view rest = waiting_;
    for (; rest.size() >= cleanup::part_size; rest.remove_prefix(cleanup::part_size))
        TRY(send_part(rest.substr(0, cleanup::part_size)));
    waiting_.erase(0, waiting_.size() - rest.size());
    return {};
}

Status Handover::send_part(std::string_view octets)
{
    const auto deadline = event::Deadline::in(patience_);
    if (!channel_)
        channel_ = TRY(link_.pick(deadline));
    TRY(channel_->call(cleanup::Part{.id = id_, .offset = sent_, .octets = std::string(octets)}, deadline));
    sent_ += octets.size();
    return {};
}

Result<cleanup::SubmitReply> Handover::finish(cleanup::Submit submit)
{
    const auto deadline = event::Deadline::in(patience_);
    if (!channel_)
        channel_ = TRY(link_.pick(deadline));
    submit.offset = sent_;
    submit.octets = std::move(waiting_);
    finished_ = true;
    auto reply = channel_->call(submit, deadline);
    if (reply || reply.error().cause != Cause::closed)
        return reply;
    return settle(reply.error());
}

// The process died with the message in its hands: only the spool's log knows whether it is ours.
Result<cleanup::SubmitReply> Handover::settle(const Error& error)
{
    auto known = link_.call(cleanup::Settled{id_}, event::Deadline::in(patience_));
    if (!known || !known->committed)
        return error;
    cleanup::SubmitReply reply;
    reply.taken = cleanup::Taken::committed;
    return reply;
}

}
