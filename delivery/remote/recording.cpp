// What spoold hears of a delivery: that it is being finished, and that it was done.

#include "delivery/remote/delivery_run.h"

#include "common/log/log.h"

namespace gp::remote {
namespace {

constexpr Duration recording_pause{500};

}

// Until spoold has it in its log nobody could tell afterwards that this was being finished: then it is not.
// One that is being restarted is waited for; the server's patience is longer.
Status DeliveryRun::finishing(std::span<const std::size_t> targets)
{
    if (brought_)
        return {};
    spoold::Finishing question{.id = request_.id, .ticket = request_.ticket, .run = run_, .children = {}};
    for (const auto target : targets)
        question.children.push_back(request_.targets[target].unique);
    const auto until = until_.sooner(event::Deadline::in(std::chrono::seconds{workshop_.parameters.finishing_timeout}));
    for (;;) {
        auto told = spool_->call(question, until);
        if (told)
            return {};
        if (told.error().cause != Cause::closed || until.expired())
            return temporary("the spool service does not let it be delivered now: " + told.error().text);
        spool_ = TRY(workshop_.spoold.pick(until));
    }
}

// Durability is waited for beside everything else that is still to do.
void DeliveryRun::record(std::vector<std::size_t> targets)
{
    ++recording_;
    const auto work = std::make_shared<std::vector<std::size_t>>(std::move(targets));
    const auto tell = [this, work] {
        if (auto told = tell_delivered(*work); !told) {
            log::warning(request_.id + " was delivered, and spoold could not be told: " + told.error().text);
            for (const auto target : *work)
                reply_.outcomes[target].unrecorded = true;
        }
        if (--recording_ == 0)
            recorded_.notify();
    };
    if (!event::Loop::current().spawn("recording", tell))
        tell();
}

// Told again to a spoold that was restarted; it knows our ticket no more then, and refuses, and qmgr records it.
Status DeliveryRun::tell_delivered(const std::vector<std::size_t>& targets)
{
    spoold::Delivered notice{.id = request_.id, .ticket = request_.ticket};
    for (const auto index : targets) {
        const auto& target = request_.targets[index];
        notice.children.push_back(target.unique);
        if (target.completes)
            notice.recipients.push_back(target.recipient);
    }
    const auto until = event::Deadline::in(std::chrono::seconds{workshop_.parameters.recording_timeout});
    for (auto channel = spool_;;) {
        const auto patience = until.sooner(event::Deadline::in(std::chrono::seconds{workshop_.parameters.spool_timeout}));
        auto told = channel->call(notice, patience);
        if (told)
            return {};
        const auto cause = told.error().cause;
        if ((cause != Cause::closed && cause != Cause::timeout) || until.expired())
            return std::move(told).error();
        event::sleep_for(recording_pause);
        channel = TRY(workshop_.spoold.pick(until));
    }
}

}
