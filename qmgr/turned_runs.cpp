// Queue runs over a connection that ATRN turned around (RFC 2645): the messages of a few domains, as fast as it takes them.

#include "common/spool/fields.h"
#include "qmgr/queue_runs.h"
#include "qmgr/turned.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t made_ready = 1;           // beside the one that goes out
constexpr std::size_t entries_in_a_turn = 2000; // of the search, before others get theirs

// What is at work, held or parked comes by itself, and what is frozen waits for somebody.
bool is_at_hand(const IndexEntry* entry)
{
    return entry && !entry->frozen && entry->state != State::active && entry->state != State::leased && entry->state != State::parked &&
           !(entry->state == State::paused && entry->turn == AccountTurn::awaited);
}

}

bool QueueRuns::is_for(const Turned& turned, const QueueId& id)
{
    const auto stored = recorder_.envelope_soon(id);
    const auto envelope = stored ? spool::decode_envelope(stored->entry.envelope) : Result<mail::Envelope>{stored.error()};
    return envelope && turned.wants(*envelope);
}

bool QueueRuns::has_mail(const Turned& turned, event::Deadline until)
{
    QueueId at; // before all others
    for (std::size_t seen = 0; !core_.stopping; ++seen) {
        const auto next = core_.index.after(at);
        if (next == core_.index.end())
            return false;
        if (until.expired())
            return true;
        at = next->first;
        if (is_at_hand(&next->second) && core_.index.queues.word(next->second.queue).empty() && is_for(turned, at))
            return true;
        if (seen % entries_in_a_turn == entries_in_a_turn - 1)
            event::yield();
    }
    return false;
}

bool QueueRuns::consider_turned(Running& run, const QueueId& id)
{
    if (!is_at_hand(core_.index.find(id)) || !is_for(*run.turned, id))
        return false;
    wait_until(run, made_ready);
    if (run.turned->is_over() || !admission_.wait_for_room() || !is_at_hand(core_.index.find(id)))
        return false;
    Attempt attempt{.queue_run = true, .forced = true};
    attempt.turned = run.turned;
    attempt.was_promised = core_.index.find(id)->state != State::waiting;
    return start(run, id, std::move(attempt));
}

}
