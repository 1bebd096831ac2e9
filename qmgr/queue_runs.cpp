#include "qmgr/queue_runs.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/notes.h"
#include "common/spool/fields.h"
#include "qmgr/load.h"
#include "qmgr/log_lines.h"
#include "qmgr/turned.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t remembered_ends = 4096;
constexpr std::size_t entries_in_a_turn = 2000; // of the walk, before others get theirs
constexpr Duration doubts_after{2000};          // does a run wait for what is no longer its?
constexpr std::size_t looked_at_in_a_second = 20'000; // of what it waits for
constexpr Duration look_again{50};              // at a report that was made but is not in work yet
constexpr Duration look_often{5};               // at a report that a message waits for
constexpr std::size_t short_queue = 64;         // of a one-shot suite: its messages are tried one after the other
constexpr std::int64_t report_patience = 10;    // seconds that a message waits for the reports about it
constexpr std::int64_t arrival_patience = 3;    // seconds that spoold's notice of it may take

// An option in front of what may be a text with blanks: Exim shows it as it was given.
void put_match(std::string& out, std::string_view option, const std::string& text)
{
    if (text.empty())
        return;
    if (!out.empty())
        out += ' ';
    out += option;
    out += ' ';
    out += text;
}

// Its account is slowed, and who forces nothing does not go round that.
bool awaits_turn(const Run& order, const IndexEntry& entry)
{
    return entry.state == State::paused && entry.turn == AccountTurn::awaited && !order.force;
}

bool selects(const Run& order)
{
    return !order.sender_match.empty() || !order.recipient_match.empty();
}

}

std::string run_options(const Run& order)
{
    if (!order.said.empty())
        return order.said;
    std::string out;
    if (order.thaw)
        out = "-qff";
    else if (order.force)
        out = "-qf";
    put_match(out, "-R", order.recipient_match);
    put_match(out, "-S", order.sender_match);
    return out;
}

void QueueRuns::timed()
{
    if (core_.parameters.queue_run_max != 0 && timed_running_ >= core_.parameters.queue_run_max)
        return;
    ++timed_running_;
    auto spawned = event::Loop::current().spawn("queue run", [this] {
        run(Run{.wait = true});
        --timed_running_;
    });
    if (!spawned)
        --timed_running_;
}

RunReply QueueRuns::run(const Run& order, const Permit& permit, std::shared_ptr<Turned> turned)
{
    const auto number = ++last_number_;
    auto made = std::make_unique<Running>();
    made->number = number;
    made->order = order;
    made->permit = permit;
    made->turned = std::move(turned);
    Running& running = *made;
    runs_.emplace(number, std::move(made));
    const auto process = static_cast<std::uint32_t>(::getpid());
    const bool is_walk = order.ids.empty();
    if (is_walk && core_.selector.queue_run)
        log::main(start_run_line(process, order.queue, run_options(order)));
    // In a long queue one walk is enough: routing and hosts are shared by all messages in work.
    const bool in_stages = order.two_stage && core_.index.size() <= short_queue;
    if (is_walk && in_stages) {
        running.order.local_only = true;
        walk(running);
        wait_until(running, 0);
        running.order.local_only = order.local_only;
        running.selected = false;
        running.considered = 0;
    }
    if (is_walk)
        walk(running);
    else
        take_named(running);
    wait_until(running, 0);
    wait_for_reports(running);
    if (is_walk && core_.selector.queue_run)
        log::main(end_run_line(process, order.queue, run_options(order)));
    const RunReply reply{.started = static_cast<std::uint32_t>(running.started)};
    runs_.erase(number);
    return reply;
}

bool QueueRuns::is_overloaded() const
{
    return load_exceeds(core_.parameters.deliver_queue_load_max);
}

void QueueRuns::walk(Running& run)
{
    QueueId at; // before all others
    if (!run.order.start_id.empty()) {
        at = QueueId{run.order.start_id};
        consider(run, at);
    }
    const QueueId last{run.order.end_id};
    const auto began = core_.microseconds();
    for (std::size_t seen = 0; !core_.stopping && !(run.turned && run.turned->is_over()); ++seen) {
        const auto next = core_.index.after(at);
        if (next == core_.index.end() || (!last.empty() && last < next->first))
            break;
        at = next->first;
        if (next->second.received > began) // made by the run itself: reports have their first attempt without it
            continue;
        if (consider(run, at) && is_overloaded()) {
            log::main("Abandon queue run: pid=" + std::to_string(::getpid()) + ": load is too high");
            break;
        }
        if (seen % entries_in_a_turn == entries_in_a_turn - 1)
            event::yield();
    }
    core_.book->forget_recovered();
}

// queue_only, and no -odi may override it (manual 14.23, queue_only_override).
bool QueueRuns::must_queue() const
{
    return (core_.parameters.queue_only && !core_.parameters.queue_only_override) ||
           is_asked_by_file(core_.parameters.queue_only_file, Queues::everything);
}

// Ids without force are waited for until their first attempt is over; with it they are tried now (-M).
void QueueRuns::take_named(Running& run)
{
    for (const auto& text : run.order.ids) {
        const QueueId id{text};
        if (!run.order.force)
            wait_for_arrival(run, id);
        if (run.permit && core_.index.find(id) && !run.permit(id))
            continue;
        auto* entry = core_.index.find(id);
        if (!entry)
            continue;
        if (run.order.prompt) {
            take_prompt(run, id, *entry);
            continue;
        }
        const bool is_busy = entry->state == State::active || entry->state == State::leased;
        if (is_busy || (!run.order.force && entry->attempted && entry->state == State::parked)) {
            wait_for(run, id);
            continue;
        }
        if (!run.order.force && entry->frozen) {
            take_notice(run, id);
            continue;
        }
        const bool is_queued = must_queue() || (run.order.joins_only && entry->state == State::waiting);
        if (!run.order.force && (entry->attempted || is_queued))
            continue;
        if (!admission_.wait_for_room())
            return;
        entry = core_.index.find(id);
        if (!entry || entry->state == State::active || awaits_turn(run.order, *entry))
            continue;
        Attempt attempt{
            .forced = run.order.force, .thaw = run.order.force, .override_queue_only = run.order.force};
        attempt.pretend = run.order.pretend;
        start(run, id, std::move(attempt));
    }
}

// freeze_tell of a message that was frozen when it came: -odi waits for that report, as for others.
void QueueRuns::take_notice(Running& run, const QueueId& id) const
{
    const auto began = core_.clock.seconds();
    for (auto at = core_.freeze_notices.find(id); at != core_.freeze_notices.end(); at = core_.freeze_notices.find(id)) {
        if (!at->second.empty())
            run.reports.emplace(at->second, began);
        if (!at->second.empty() || core_.stopping || core_.clock.seconds() > began + report_patience)
            return;
        event::sleep_for(look_often);
    }
}

// Of a message that is not here: it is delivered already, or spoold's notice of it is under way. All that are named
// share the time.
void QueueRuns::wait_for_arrival(Running& run, const QueueId& id) const
{
    if (run.patience_ends == 0)
        run.patience_ends = core_.clock.seconds() + arrival_patience;
    while (!core_.stopping && !core_.index.find(id) && core_.clock.seconds() <= run.patience_ends &&
           std::ranges::count(ended_, id) == 0)
        event::sleep_for(look_often);
}

// -Mc: an attempt now, that minds retry times and leaves a frozen message alone.
void QueueRuns::take_prompt(Running& run, const QueueId& id, const IndexEntry& entry)
{
    if (entry.state == State::active || entry.state == State::leased)
        return wait_for(run, id);
    if (entry.frozen) {
        if (core_.selector.skip_delivery)
            log::main(is_frozen_line(id.view()));
        return;
    }
    if (!admission_.wait_for_room())
        return;
    const auto* still = core_.index.find(id);
    if (still && still->state != State::active && !awaits_turn(run.order, *still))
        start(run, id, Attempt{.pretend = run.order.pretend, .override_queue_only = true});
}

// Joins an attempt that is in progress, or due anyway.
void QueueRuns::wait_for(Running& run, const QueueId& id)
{
    auto* entry = core_.index.find(id);
    auto* message = entry ? core_.find(entry->active) : nullptr;
    if (!message)
        return;
    message->attempt.runs.push_back(run.number);
    run.waiting.insert(id);
}

bool QueueRuns::is_due(const Running& run, const IndexEntry& entry) const
{
    if (run.order.force || core_.index.size() <= core_.parameters.queue_run_examines)
        return true;
    const bool time_has_come = entry.next_try <= core_.clock.seconds();
    return time_has_come || (entry.waits_for != 0 && core_.book->recovered(entry.waits_for));
}

// A message whose first attempt has only come so far as to find out that it waits for a queue run: this is one.
bool QueueRuns::join_first_attempt(Running& run, const QueueId& id, const IndexEntry& entry)
{
    auto* message = entry.state == State::active ? core_.find(entry.active) : nullptr;
    if (!message || (message->has_envelope && !message->envelope.queue_only))
        return false;
    auto& attempt = message->attempt;
    if (attempt.queue_run || attempt.forced || attempt.override_queue_only)
        return false;
    attempt.queue_run = true;
    attempt.forced = run.order.force;
    attempt.thaw = attempt.thaw || run.order.thaw;
    attempt.pretend = attempt.pretend || run.order.pretend;
    ++run.started;
    wait_for(run, id);
    return true;
}

// True when an attempt was started.
bool QueueRuns::consider(Running& run, const QueueId& id)
{
    const auto* entry = core_.index.find(id);
    if (entry && core_.index.queues.word(entry->queue) != run.order.queue)
        return false;
    if (run.turned)
        return consider_turned(run, id);
    if (entry && !selects(run.order) && join_first_attempt(run, id, *entry))
        return true;
    if (!entry || entry->state == State::active || entry->state == State::leased ||
        entry->state == State::parked)
        return false;
    if (run.order.first_only && entry->attempted)
        return false;
    if (awaits_turn(run.order, *entry))
        return false;
    Attempt attempt{.queue_run = true, .forced = run.order.force, .thaw = run.order.thaw};
    attempt.local_only = run.order.local_only;
    attempt.pretend = run.order.pretend;
    if (run.considered < run.order.ages.size())
        attempt.seeming_age = run.order.ages[run.considered];
    ++run.considered;
    if (entry->frozen && !run.order.thaw && !consider_frozen(run, id, attempt))
        return false;
    entry = core_.index.find(id); // it may have gone while its envelope was fetched
    if (!entry)
        return false;
    if (!selects(run.order) && !is_due(run, *entry) && attempt.cancelled_by.empty())
        return false;
    if (!matches(run.order, id))
        return false;
    // Manual 5.3, -R: the first message that is selected is tried whatever the retry times say.
    if (selects(run.order) && !std::exchange(run.selected, true))
        attempt.forced = true;
    std::size_t parallel = core_.parameters.queue_run_parallel;
    const bool is_short = core_.parameters.one_shot && core_.index.size() <= short_queue;
    if (parallel == 0 && (core_.parameters.queue_run_in_order || is_short))
        parallel = 1;
    if (parallel > 0)
        wait_until(run, parallel - 1);
    if (!admission_.wait_for_room())
        return false;
    entry = core_.index.find(id);
    if (!entry || entry->state == State::active || entry->state == State::leased || entry->state == State::parked)
        return false;
    return start(run, id, std::move(attempt));
}

// A frozen message is passed over, unless one of the three timers lets it go: timeout_frozen_after,
// ignore_bounce_errors_after, auto_thaw. Suspends when its envelope is needed to know.
bool QueueRuns::consider_frozen(Running& run, const QueueId& id, Attempt& attempt)
{
    const auto& parameters = core_.parameters;
    const auto now = core_.clock.seconds();
    const auto age = attempt.seeming_age >= 0 ? attempt.seeming_age : now - core_.index.find(id)->received / 1'000'000;
    if (parameters.timeout_frozen_after > 0 && age >= parameters.timeout_frozen_after) {
        attempt.thaw = attempt.thaw_told = true;
        attempt.cancelled_by = "timeout_frozen_after";
        return true;
    }
    const bool may_thaw = parameters.auto_thaw > 0 || age > parameters.ignore_bounce_errors_after;
    if (may_thaw && matches(run.order, id)) {
        auto stored = recorder_.envelope(id);
        if (!stored)
            return false;
        auto envelope = spool::decode_envelope(stored->entry.envelope);
        const auto* held_for = envelope ? mail::find_note(*envelope, mail::note_held_for) : nullptr;
        if (held_for && core_.accounts.is_held(*held_for)) // a timer is no administrator
            return false;
        const bool is_bounce = envelope && envelope->sender.empty();
        const bool by_errors = is_bounce && age > parameters.ignore_bounce_errors_after;
        const bool by_thaw = envelope && !is_bounce && !envelope->manual_thaw && parameters.auto_thaw > 0 &&
                             now - envelope->frozen_at > parameters.auto_thaw;
        if (by_errors || by_thaw) {
            log::main(
                remark_line(id.view(), by_errors ? "Unfrozen by errmsg timer" : "Unfrozen by auto-thaw"));
            attempt.thaw = attempt.thaw_told = true;
            return true;
        }
    }
    if (core_.selector.skip_delivery && core_.index.size() <= parameters.queue_run_examines)
        log::main(is_frozen_line(id.view()));
    return false;
}

// -S and -R: part of the sender, part of a recipient that is not done. Suspends when there is such an option.
bool QueueRuns::matches(const Run& order, const QueueId& id)
{
    if (!selects(order))
        return true;
    auto stored = recorder_.envelope(id);
    if (!stored)
        return false;
    auto envelope = spool::decode_envelope(stored->entry.envelope);
    if (!envelope)
        return false;
    if (!order.sender_match.empty() && !contains(envelope->sender, order.sender_match, order.sender_is_pattern))
        return false;
    return order.recipient_match.empty() ||
           std::ranges::any_of(envelope->recipients, [&](const auto& recipient) {
               return !recipient.done &&
                      contains(recipient.address, order.recipient_match, order.recipient_is_pattern);
           });
}

bool QueueRuns::contains(std::string_view text, const std::string& wanted, bool is_pattern) const
{
    return is_pattern ? regex_(wanted, text) : find_nocase(text, wanted) != std::string_view::npos;
}

bool QueueRuns::start(Running& run, const QueueId& id, Attempt attempt)
{
    attempt.runs.push_back(run.number);
    run.waiting.insert(id);
    ++run.started;
    admission_.start(id, *core_.index.find(id), std::move(attempt));
    return true;
}

void QueueRuns::wait_until(Running& run, std::size_t left)
{
    const auto next_doubt = [&] { // many are looked at less often
        return core_.clock.seconds() + doubts_after.count() / 1000 + static_cast<std::int64_t>(run.waiting.size() / looked_at_in_a_second);
    };
    auto doubt = next_doubt();
    while (run.waiting.size() > left && !core_.stopping) {
        if (run.changed.wait(event::Deadline::in(doubts_after)) && core_.clock.seconds() < doubt)
            continue;
        std::erase_if(run.waiting, [&](const QueueId& id) { return is_lost(run, id); });
        doubt = next_doubt();
    }
}

// All that is left of it stands before a host's or a sender's rate.
bool QueueRuns::waits_for_pace(const Message& message) const
{
    if (core_.parameters.one_shot || std::ranges::any_of(message.pieces, [](const Piece& piece) { return piece.state == PieceState::in_flight; }))
        return false;
    const auto waits = [](const Group& group) { return group.job != 0; };
    const auto is_paced = [&](const Group& group) { return !waits(group) || core_.paces.is_spent(group.meters); };
    return std::ranges::any_of(message.groups, waits) && std::ranges::all_of(message.groups, is_paced);
}

// An operator took the message out of the run's hands: nobody will report of this attempt. Or nobody knows when that will be.
bool QueueRuns::is_lost(const Running& run, const QueueId& id) const
{
    const auto* entry = core_.index.find(id);
    if (!entry || entry->state == State::waiting)
        return true;
    if (entry->state != State::active)
        return false;
    const auto* message = core_.find(entry->active);
    return message && (std::ranges::count(message->attempt.runs, run.number) == 0 || waits_for_pace(*message));
}

// Reports that these attempts made are part of the run: they have their first attempt before it is over.
void QueueRuns::wait_for_reports(Running& run)
{
    while (!run.reports.empty() && !core_.stopping) {
        std::erase_if(run.reports,
                      [&](const auto& entry) { return is_settled(run, entry.first, entry.second); });
        if (!run.reports.empty() || !run.waiting.empty())
            run.changed.wait(event::Deadline::in(look_again));
        wait_until(run, 0);
    }
}

// Nothing more is to be waited for: it is done, it is being waited for as an attempt now, or it will not be
// tried soon.
bool QueueRuns::is_settled(Running& run, const QueueId& report, std::int64_t known_since)
{
    if (std::ranges::count(ended_, report) > 0)
        return true;
    const auto* entry = core_.index.find(report);
    if (!entry) // not heard of yet, or over long ago
        return core_.clock.seconds() - known_since > arrival_patience;
    if (entry->state == State::fresh)
        return false;
    if (entry->state == State::active)
        wait_for(run, report);
    return true;
}

// In a one-shot suite a message is completed when the reports that it made have had their first attempt: who
// started it reads the log in that order.
void QueueRuns::let_go_first(const std::vector<QueueId>& reports)
{
    if (!core_.parameters.one_shot)
        return;
    const auto since = core_.clock.seconds();
    const auto is_over = [&](const QueueId& report) {
        if (report.empty() || std::ranges::count(ended_, report) > 0)
            return true;
        const auto* entry = core_.index.find(report);
        if (!entry)
            return core_.clock.seconds() - since > arrival_patience;
        return entry->state != State::fresh && entry->state != State::active;
    };
    for (const auto& report : reports)
        while (!core_.stopping && !is_over(report) && core_.clock.seconds() - since <= report_patience)
            event::sleep_for(look_often);
}

void QueueRuns::over(const QueueId& id, const std::vector<std::uint64_t>& runs,
                     const std::vector<QueueId>& reports)
{
    if (ended_.size() >= remembered_ends)
        ended_.pop_front();
    ended_.push_back(id);
    for (const auto number : runs) {
        const auto at = runs_.find(number);
        if (at == runs_.end())
            continue;
        auto& run = *at->second;
        for (const auto& report : reports)
            if (!report.empty())
                run.reports.emplace(report, core_.clock.seconds());
        if (const auto one = run.waiting.find(id); one != run.waiting.end())
            run.waiting.erase(one);
        run.changed.notify();
    }
}

}
