#include "qmgr/closing.h"

#include <algorithm>

#include "common/log/journal.h"
#include "common/log/log.h"
#include "common/spool/fields.h"
#include "qmgr/events.h"
#include "qmgr/records.h"
#include "qmgr/removal.h"

namespace gp::qmgr {
namespace {

const std::string frozen_queue = "F"; // move_frozen_messages; the name of a message's own queue follows

bool any_in(const Message& message, PieceState state)
{
    return std::ranges::any_of(message.pieces, [state](const Piece& piece) { return piece.state == state; });
}

}

// The message stays active until leave(), so references to it outlive suspensions here.
void Closing::run(std::uint64_t number)
{
    Message& message = *core_.find(number);
    std::vector<QueueId> reports;
    if (message.orphaned && !recover(message))
        return gone(message);
    settle_.tell_timed_out(message);
    await_events(message);
    reports_.successes(message, reports); // before what failed, as in Exim
    precede_(reports);
    reports_.failures(message, reports, precede_);
    message.settle_ignored();
    count_for_accounts(message);
    const auto recorded = message.all_done() ? complete(message) : record_done(message);
    if (!recorded && recorded.error().cause == Cause::not_found)
        return gone(message);
    if (!recorded) {
        log::alarm(message.id.text() + ": recording its outcome: " + recorded.error().text);
        return pause(message);
    }
    if (message.all_done())
        return vanish(message, reports);
    if (!message.removed_by.empty())
        return remove(message, reports);
    auto& entry = *core_.index.find(message.id);
    if (message.freeze && !message.held_for.empty() && !core_.accounts.is_held(message.held_for)) // released meanwhile
        return slow(message);
    if (message.freeze) {
        freeze(message);
        if (message.removed_by.empty() && !message.held_for.empty() && !core_.accounts.is_held(message.held_for)) // released while that was written
            return thaw_released(message);
    } else if (any_in(message, PieceState::troubled)) {
        return pause(message);
    } else if (any_in(message, PieceState::parked)) {
        return park(message);
    } else {
        defer(message, reports);
    }
    if (!message.removed_by.empty()) // while that was written
        return remove(message, reports);
    entry.state = State::waiting;
    entry.troubles = 0;
    const bool is_promised = !message.freeze && message.attempt.was_promised;
    const auto id = message.id;
    const bool was_first = message.first;
    leave(message, reports);
    if (auto* left = is_promised ? core_.index.find(id) : nullptr; left && left->state == State::waiting)
        admission_.due(id, *left, Attempt{.queue_run = !was_first, .quiet = true});
}

void Closing::count_for_accounts(const Message& message)
{
    if (!core_.accounts.counts())
        return;
    Accounts::Counts counts;
    for (const auto& piece : message.pieces) {
        counts.delivered += piece.state == PieceState::delivered;
        counts.deferred += piece.state == PieceState::deferred;
        counts.failed += piece.state == PieceState::failed || piece.timed_out;
    }
    if (counts.delivered + counts.deferred + counts.failed > 0)
        core_.accounts.settled(SentBy::of(message.envelope), counts);
}

// An agent died with this message in its hands. When nobody holds it any more the spool knows what was done.
// False when the message is gone.
bool Closing::recover(Message& message)
{
    for (;;) {
        auto stored = recorder_.envelope(message.id);
        if (!stored && (core_.stopping || stored.error().cause == Cause::not_found))
            return false;
        if (!stored) {
            log::alarm(message.id.text() + ": " + stored.error().text + "; asked again");
            event::sleep_for(std::chrono::seconds(core_.parameters.lease_check));
            continue;
        }
        if (!stored->entry.leased) {
            auto now = spool::decode_envelope(stored->entry.envelope);
            if (!now)
                return false;
            message.ticket = stored->entry.ticket;
            message.uncertain = message.uncertain || stored->entry.uncertain;
            apply_recovered(message, *now);
            return true;
        }
        if (core_.stopping)
            return false;
        message.released.wait(event::Deadline::in(std::chrono::seconds(core_.parameters.lease_check)));
    }
}

void Closing::apply_recovered(Message& message, const mail::Envelope& now)
{
    for (auto& piece : message.pieces) {
        if (piece.state != PieceState::orphaned)
            continue;
        const bool recipient_done =
            piece.recipient < now.recipients.size() && now.recipients[piece.recipient].done;
        const bool child_done =
            !piece.unique.empty() && std::ranges::count(now.done_children, piece.unique) > 0;
        if (recipient_done || child_done) {
            settle_.found_done(message, piece, recipient_done);
            continue;
        }
        log::warning(message.id.text() + " " + piece.address +
                     (message.uncertain
                          ? ": the agent died while it finished the delivery, which may have happened "
                            "and be repeated"
                          : ": the agent died before the delivery; trying again soon"));
        settle_.troubled(message, piece, "the agent died");
    }
    if (auto* entry = core_.index.find(message.id))
        entry->uncertain = message.uncertain;
}

// What is done and the spool does not know: thrown away, ignored, done by two deliveries at once, or
// delivered by an agent that could not tell the spool.
gp::Status Closing::record_done(Message& message)
{
    spoold::Record record{.kind = spoold::Record::Kind::recipients_done, .id = message.id.text()};
    for (std::uint32_t i = 0; i < message.envelope.recipients.size(); ++i) {
        if (!message.is_done(i) || message.recorded[i])
            continue;
        record.recipients.push_back(i);
        message.recorded[i] = true;
    }
    for (auto& piece : message.pieces) {
        const bool is_done = piece.state == PieceState::discarded || piece.state == PieceState::delivered;
        if (!is_done || piece.recorded || piece.unique.empty())
            continue;
        piece.recorded = true;
        if (!message.is_done(piece.recipient))
            record.children.push_back(piece.unique);
    }
    if (record.recipients.empty() && record.children.empty())
        return {};
    return recorder_.write(record);
}

// The line says that the message is gone for good, so it is written after the spool has said so.
gp::Status Closing::complete(Message& message)
{
    const spoold::Record record{.kind = spoold::Record::Kind::message_done, .id = message.id.text()};
    TRY(recorder_.write(record));
    core_.say(message,
              completed_line(core_.selector, message.id.view(), core_.on_queue(message.envelope)));
    tell_record(message);
    if (core_.parameters.raises_events)
        raise(core_, message, {}, {{"event_name", "msg:complete"}});
    await_events(message);
    return {};
}

void Closing::tell_record(const Message& message)
{
    if (core_.parameters.message_records)
        core_.say_record(message, finished_record(message, core_.microseconds()));
}

void Closing::freeze(Message& message)
{
    std::vector<QueueId> told;
    if (message.held_for.empty()) // of an account that is held the panic log tells once
        reports_.frozen(message, told);
    precede_(told);
    const bool is_there = message.attempt.thaw && message.envelope.queue.starts_with(frozen_queue); // since it was frozen first
    const bool is_moved = core_.parameters.move_frozen_messages && !is_there && message.held_for.empty();
    if (is_moved)
        message.envelope.queue = frozen_queue + message.envelope.queue;
    if (message.is_edited || is_moved) // first: it says that the message is not frozen
        record_envelope(message);
    // That it has been tried is known after a restart by its deferral: first_delivery of filters looks at it.
    const spoold::Record tried{.kind = spoold::Record::Kind::deferred,
                               .id = message.id.text(),
                               .next_try = core_.clock.seconds(),
                               .reason = message.freeze_why};
    spoold::Record record{.kind = spoold::Record::Kind::frozen, .id = message.id.text(), .frozen = true};
    if (message.first)
        if (auto written = recorder_.write(tried); !written)
            log::warning(record.id + ": recording the attempt: " + written.error().text);
    if (auto written = recorder_.write(record); !written)
        log::warning(record.id + ": freezing: " + written.error().text);
    if (!message.freeze_told)
        core_.say(message, message.freeze_line.empty() ? frozen_line(message.id.view(), message.freeze_why)
                                                       : remark_line(message.id.view(), message.freeze_line));
    if (is_moved) // in Exim's words, whose queues are directories
        core_.say(message, remark_line(message.id.view(), "moved from input, msglog to Finput, Fmsglog"));
    if (auto* entry = core_.index.find(message.id)) {
        entry->frozen = true;
        entry->queue = core_.index.queues.number(message.envelope.queue);
    }
}

void Closing::thaw_released(Message& message)
{
    const spoold::Record record{.kind = spoold::Record::Kind::frozen, .id = message.id.text(), .frozen = false};
    if (auto written = recorder_.write(record); !written)
        log::warning(record.id + ": thawing: " + written.error().text);
    core_.say(message, remark_line(message.id.view(), "Unfrozen: account " + escape(message.held_for) + " is released"));
    if (auto* entry = core_.index.find(message.id))
        entry->frozen = false;
    slow(message);
}

// Delay warnings that were sent, headers that the system filter changed.
void Closing::record_envelope(const Message& message)
{
    const spoold::Record edited{.kind = spoold::Record::Kind::envelope,
                                .id = message.id.text(),
                                .envelope = spool::encode_envelope(message.envelope)};
    if (auto written = recorder_.write(edited); !written)
        log::warning(edited.id + ": recording the envelope: " + written.error().text);
}

void Closing::defer(Message& message, std::vector<QueueId>& reports)
{
    const bool is_partial = message.attempt.turned != nullptr; // the others were not even looked at
    const bool is_warned = !is_partial && reports_.delay(message, reports);
    const Piece* soonest = nullptr;
    for (const auto& piece : message.pieces)
        if (piece.state == PieceState::deferred && (!soonest || piece.next_try < soonest->next_try))
            soonest = &piece;
    const bool is_replaced = !is_partial && message.replace_by_one_time();
    if (is_warned || is_replaced || message.is_edited)
        record_envelope(message);
    spoold::Record record{.kind = spoold::Record::Kind::deferred, .id = message.id.text()};
    record.next_try = std::max(core_.clock.seconds(), soonest ? soonest->next_try : 0);
    if (soonest && (message.first || !soonest->only_waits))
        record.reason = soonest->reason;
    if (auto written = recorder_.write(record); !written)
        log::warning(record.id + ": recording the deferral: " + written.error().text);
    if (auto* entry = core_.index.find(message.id)) {
        entry->next_try = record.next_try;
        entry->waits_for = soonest ? soonest->waits_for : 0;
        if (!record.reason.empty())
            entry->reason = core_.index.reason(record.reason);
    }
}

// What was tried in this attempt is not tried again before its time; what was not comes first.
Attempt Closing::next_attempt(const Message& message, bool keep_runs) const
{
    Attempt attempt = message.attempt;
    if (!keep_runs)
        attempt.runs.clear();
    if (!message.removed_by.empty())
        core_.removals[message.id] = message.removed_by;
    if (attempt.turned) { // that connection is not there for ever: it goes on as others do
        attempt.turned.reset();
        attempt.was_promised = false;
        attempt.forced = false;
        attempt.quiet = true;
    }
    if (any_in(message, PieceState::deferred)) {
        attempt.queue_run = true;
        attempt.forced = false;
        attempt.quiet = true;
    }
    return attempt;
}

void Closing::pause(Message& message)
{
    auto& entry = *core_.index.find(message.id);
    const auto attempt = next_attempt(message, false);
    entry.attempted = !message.first || any_in(message, PieceState::deferred);
    const auto id = message.id;
    const auto runs = message.attempt.runs;
    core_.forget(message);
    entry.active = 0;
    admission_.pause(id, entry, attempt);
    over_(id, runs, {});
    core_.kick();
}

// Its destination, or a pace, has a long queue: from memory it goes, and comes back when the queue is shorter. Queue runs
// do not wait for a pace.
void Closing::park(Message& message)
{
    auto& entry = *core_.index.find(message.id);
    const auto parked = std::ranges::find(message.pieces, PieceState::parked, &Piece::state);
    const auto destination = message.groups[parked->group].destination;
    const auto pace = message.groups[parked->group].parked_by;
    const bool is_waited_for = !pace || core_.parameters.one_shot;
    const auto attempt = next_attempt(message, is_waited_for);
    entry.attempted = !message.first;
    const auto id = message.id;
    const auto runs = message.attempt.runs;
    const auto owner = message.owner();
    core_.forget(message);
    entry.active = 0;
    if (pace)
        admission_.park(id, entry, attempt, pace, owner);
    else
        admission_.park(id, entry, attempt, destination, owner);
    if (!is_waited_for)
        over_(id, runs, {});
    core_.kick();
}

// Its account is slowed: it comes back when its turn is.
void Closing::slow(Message& message)
{
    if (!message.removed_by.empty())
        return remove(message);
    auto& entry = *core_.index.find(message.id);
    entry.attempted = !message.first;
    const auto id = message.id;
    const auto runs = message.attempt.runs;
    auto attempt = message.attempt;
    attempt.runs.clear();
    if (attempt.turned) {
        attempt.turned.reset();
        attempt.was_promised = false;
        attempt.forced = false;
    }
    const auto until = entry.next_try = message.slowed_until;
    core_.forget(message);
    entry.active = 0;
    admission_.pause_until(id, entry, std::move(attempt), until);
    over_(id, runs, {});
    core_.kick();
}

void Closing::put_off(Message& message)
{
    if (!message.removed_by.empty())
        return remove(message);
    auto& entry = *core_.index.find(message.id);
    entry.state = State::waiting;
    entry.frozen = message.envelope.frozen;
    entry.attempted = !message.first;
    leave(message, {});
}

// An operator wanted it removed while it was in work.
void Closing::remove(Message& message, const std::vector<QueueId>& reports)
{
    const auto removed = remove_message(core_, recorder_, message.id, message.envelope, message.removed_by);
    if (!removed && removed.error().cause == Cause::not_found)
        return gone(message);
    if (!removed) {
        log::alarm(message.id.text() + ": removing it: " + removed.error().text);
        return pause(message);
    }
    vanish(message, reports);
}

void Closing::gone(Message& message)
{
    if (!core_.stopping)
        log::warning(message.id.text() + " is not in the spool any more");
    vanish(message, {});
}

void Closing::broken(Message& message)
{
    if (!message.removed_by.empty())
        return remove(message);
    log::alarm(message.id.text() + " cannot be delivered: its envelope cannot be read");
    if (auto* entry = core_.index.find(message.id))
        entry->troubles = 0xff;
    pause(message);
}

void Closing::vanish(Message& message, const std::vector<QueueId>& reports)
{
    const auto id = message.id;
    const auto runs = message.attempt.runs;
    core_.forget(message);
    core_.index.erase(id);
    over_(id, runs, reports);
    core_.kick();
}

void Closing::leave(Message& message, const std::vector<QueueId>& reports)
{
    const auto id = message.id;
    const auto runs = message.attempt.runs;
    if (auto* entry = core_.index.find(id)) {
        entry->active = 0;
        entry->by_null_sender = message.envelope.sender.empty();
    }
    core_.forget(message);
    over_(id, runs, reports);
    core_.kick();
}

}
