#include "cleanup/transfer/transfer.h"

#include "common/log/log.h"

namespace gp::cleanup {

Transfer::Transfer(ipc::Link& cleanup, std::string id, Duration patience)
    : link_(cleanup), id_(std::move(id)), patience_(patience)
{
}

Transfer::~Transfer()
{
    abandon();
}

void Transfer::abandon()
{
    if (channel_ && channel_->is_open())
        channel_->send(Abandon{id_});
    channel_.reset();
}

Status Transfer::send_part(std::string octets)
{
    const auto size = octets.size();
    if (!is_refused()) {
        if (!channel_)
            channel_ = TRY(link_.pick(deadline()));
        const Part part{.id = id_, .offset = sent_, .octets = std::move(octets)};
        trouble_ = TRY(channel_->call(part, deadline())).trouble;
    }
    sent_ += size;
    return {};
}

Result<SubmitReply> Transfer::submit(Submit message)
{
    if (is_refused()) {
        auto refused = refusal_of(trouble_);
        refused.state = std::move(message.state);
        return refused;
    }
    // From here on it is cleanup's.
    auto channel = channel_ ? std::exchange(channel_, nullptr) : TRY(link_.pick(deadline()));
    message.envelope.id = id_;
    message.offset = sent_;
    auto reply = channel->call(message, deadline());
    if (!reply && (reply.error().cause == Cause::closed || reply.error().cause == Cause::timeout))
        return ask_whether_settled(reply.error());
    return reply;
}

// RFC 5321 section 6.1: once 250 is said the message is ours, and not before.
Result<SubmitReply> Transfer::ask_whether_settled(const Error& lost)
{
    auto settled = link_.call(Settled{id_}, deadline());
    if (!settled) {
        log::warning("message " + id_ + ": " + lost.text + "; whether it was taken is not known: " +
                     settled.error().text);
        return settled.error();
    }
    if (!settled->committed)
        return lost;
    SubmitReply reply;
    reply.taken = Taken::committed;
    return reply;
}

}
