#include "qmgr/core.h"

namespace gp::qmgr {

Core::Core(const Parameters& given, const Links& others, const Clock& time,
           std::unique_ptr<RetryBook> retry_book)
    : parameters(given), selector(mainlog::LogSelector::parse(given.log_selector)), links(others), clock(time),
      book(std::move(retry_book)), routes(given.route_cache_entries, time),
      scheduler(scheduler_limits(given), time)
{}

Scheduler::Limits Core::scheduler_limits(const Parameters& parameters)
{
    Scheduler::Limits limits;
    limits.remote = parameters.remote_delivery_limit;
    limits.local = parameters.local_delivery_limit;
    limits.remote_destination = {.ceiling = static_cast<double>(parameters.destination_concurrency),
                                 .start = static_cast<double>(parameters.destination_concurrency_start)};
    const auto mailbox = static_cast<double>(parameters.local_destination_concurrency);
    limits.local_destination = {.ceiling = mailbox, .start = mailbox};
    limits.memory = parameters.destination_memory;
    return limits;
}

Message* Core::find(std::uint64_t number)
{
    const auto at = active.find(number);
    return at == active.end() ? nullptr : at->second.get();
}

void Core::count_recipients(Message& message)
{
    active_recipients -= message.counted;
    message.counted = message.envelope.recipients.size();
    active_recipients += message.counted;
}

void Core::forget(Message& message)
{
    active_recipients -= message.counted;
    active.erase(message.number);
}

event::Deadline Core::answer_deadline() const
{
    return event::Deadline::in(std::chrono::seconds(parameters.ipc_timeout));
}

std::int64_t Core::microseconds() const
{
    return clock.now().time_since_epoch().count();
}

}
