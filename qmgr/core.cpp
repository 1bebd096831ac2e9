#include "qmgr/core.h"

#include <algorithm>

#include "common/log/journal.h"
#include "common/log/log.h"
#include "common/mail/notes.h"
#include "qmgr/records.h"

namespace gp::qmgr {

Core::Core(const Parameters& given, const Links& others, const Clock& time,
           std::unique_ptr<RetryBook> retry_book, std::unique_ptr<hints::Store> account_store,
           std::unique_ptr<hints::Store> link_store)
    : parameters(given), selector(mainlog::LogSelector::parse(given.log_selector, given.log_ports)), links(others), clock(time),
      link(link_settings(given), time, std::move(link_store)), book(std::move(retry_book)), routes(given.route_cache_entries, time),
      paces(given, time), scheduler(scheduler_limits(given), time), accounts(account_settings(given), time, std::move(account_store))
{
    if (book)
        book->watch(link);
}

LinkWatch::Settings Core::link_settings(const Parameters& parameters)
{
    return {.hosts = parameters.link_outage_hosts,
            .after = parameters.link_outage_after,
            .most = parameters.link_outage_max,
            .retry = parameters.link_outage_retry,
            .inner = parameters.link_inner_networks};
}

Accounts::Settings Core::account_settings(const Parameters& parameters)
{
    return {.counting = parameters.account_counting,
            .jump = parameters.account_rate_jump,
            .floor = parameters.account_rate_floor,
            .failure_share = parameters.account_failure_share,
            .most = parameters.account_max};
}

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

// By what waits for a delivery, not by what is active: that counts what is still being routed, and will not stay.
std::size_t Core::room_for_one_destination() const
{
    const bool is_half_free = scheduler.jobs() < parameters.queue_active_limit / 2 &&
                              active_recipients <= parameters.queue_active_recipients / 2;
    return is_half_free ? std::max(parameters.destination_backlog, parameters.destination_backlog_free) : parameters.destination_backlog;
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

std::int64_t Core::on_queue(const mail::Envelope& envelope) const
{
    const auto complete = selector.queue_time_exclusive ? mail::time_complete(envelope) : 0;
    return microseconds() - (complete > 0 ? complete : envelope.received);
}

void Core::say(const Message& message, const Piece& piece, std::string_view line)
{
    const auto named = [](const std::vector<std::string>& names, const std::string& name) {
        return !names.empty() && std::ranges::find(names, name) != names.end();
    };
    if (named(parameters.silent_routers, piece.router) || named(parameters.silent_transports, piece.transport))
        return;
    say(message, line);
    if (!parameters.message_records)
        return;
    if (const auto record = outcome_record(message, piece, line, microseconds()); !record.empty())
        say_record(message, record);
}

void Core::say_record(const Message& message, const std::string& record)
{
    if (message.narrative && message.narrative->is_told)
        message.narrative->still.push_back({record, {}, {}, true});
    else
        log::journal(record);
}

void Core::say_surely(std::string_view line) const
{
    if (!write_line || !write_line(line))
        log::main(line);
}

std::int64_t Core::microseconds() const
{
    return clock.now().time_since_epoch().count();
}

}
