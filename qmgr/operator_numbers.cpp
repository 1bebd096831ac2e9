// The numbers of the queue and of the spool, for status, metrics and top.

#include <algorithm>
#include <iterator>

#include "qmgr/operators.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t entries_in_a_turn = 20'000; // before others get their turn

}

void Operator::count_entries(StatusReply& reply) const
{
    const auto now = core_.microseconds();
    reply.by_age.assign(std::size(StatusReply::ages) + 1, 0);
    std::size_t seen = 0;
    for (auto at = core_.index.after(QueueId{}); at != core_.index.end();) {
        const auto& entry = at->second;
        reply.frozen += entry.frozen;
        reply.deferred += !entry.frozen && entry.attempted && entry.state != State::active;
        const auto age = std::max<std::int64_t>(0, now - entry.received) / 1'000'000;
        ++reply.by_age[static_cast<std::size_t>(std::ranges::lower_bound(StatusReply::ages, age) - std::begin(StatusReply::ages))];
        if (++seen % entries_in_a_turn != 0) {
            ++at;
            continue;
        }
        const auto last = at->first;
        event::yield();
        at = core_.index.after(last);
    }
}

// Where no message was ever in a named queue, all are in the other one.
std::uint64_t Operator::count_in(const std::string& queue) const
{
    if (!core_.index.queues.any())
        return queue.empty() ? core_.index.size() : 0;
    std::uint64_t found = 0;
    for (auto at = core_.index.after(QueueId{}); at != core_.index.end(); ++at)
        found += core_.index.queues.word(at->second.queue) == queue;
    return found;
}

Result<StatusReply> Operator::answer(const Status& question, ipc::Channel&)
{
    const Busy busy{*this};
    TRY(wait_for_whole_queue());
    StatusReply reply;
    if (question.by_state) {
        count_entries(reply);
        if (const auto spool = core_.links.spoold.call(spoold::Numbers{}, core_.answer_deadline())) {
            reply.segments = spool->segments;
            reply.spare_segments = spool->spares;
            reply.spool_octets = spool->used_octets;
            reply.live_octets = spool->live_octets;
            reply.barriers = spool->barriers;
            reply.taken = spool->messages;
        }
    }
    reply.messages = question.one_queue ? count_in(question.queue) : core_.index.size();
    reply.active = core_.active.size();
    reply.deliveries = core_.counters.deliveries;
    reply.deferrals = core_.counters.deferrals;
    reply.failures = core_.counters.failures;
    reply.link_outage = static_cast<std::uint64_t>(core_.link.lasts());
    return reply;
}

}
