#include "qmgr/admission.h"

#include <algorithm>
#include <cstdio>

#include "common/log/log.h"
#include "common/mail/envelope.h"
#include "common/mail/notes.h"
#include "common/spool/fields.h"
#include "qmgr/load.h"
#include "qmgr/routing.h"

namespace gp::qmgr {

namespace {

struct SenderOnly {
    std::string sender;
    std::vector<mail::Variable> variables;
    static void fields(auto& self, auto&& field)
    {
        field("sender", self.sender);
        field("variables", self.variables);
    }
};

// Of an envelope in the spool's form; 0 when it did not come along.
Owner owner_in(std::string_view envelope)
{
    if (envelope.empty())
        return 0;
    const auto read = spool::read_fields<SenderOnly>(envelope);
    if (!read)
        return 0;
    return owner_of(read->sender, std::ranges::find(read->variables, mail::note_bulk, &mail::Variable::name) != read->variables.end());
}

struct OriginOnly {
    mail::Origin origin;
    static void fields(auto& self, auto&& field) { field("origin", self.origin); }
};

// By which the messages of one connection know each other; empty when they came over none.
std::string connection_in(std::string_view envelope)
{
    const auto read = spool::read_fields<OriginOnly>(envelope);
    if (!read || read->origin.host_address.empty())
        return {};
    return read->origin.host_address + ":" + std::to_string(read->origin.host_port);
}

}

bool Admission::must_wait_for_load(const QueueId& id, const spoold::Entry* with_envelope)
{
    const auto limit = core_.parameters.queue_only_load;
    if (limit < 0)
        return false;
    const bool is_new = with_envelope && !with_envelope->envelope.empty(); // and not found in the spool at a start
    const auto load = load_average();
    if (!load_latch_.must_wait(is_new ? connection_in(with_envelope->envelope) : std::string{}, load > limit))
        return false;
    if (is_new && core_.selector.delay_delivery) {
        char text[32];
        std::snprintf(text, sizeof text, "%.2f", static_cast<double>(load) / 1000);
        log::main(id.text() + " no immediate delivery: load average " + text);
    }
    return true;
}

bool Admission::has_room() const
{
    if (core_.stopping)
        return false;
    return core_.active.size() + promised_ < core_.parameters.queue_active_limit &&
           (core_.active_recipients < core_.parameters.queue_active_recipients || core_.active.empty());
}

void Admission::arrived(const QueueId& id, IndexEntry& entry, const spoold::Entry* with_envelope)
{
    if (entry.frozen || core_.parameters.queue_only || is_asked_by_file(core_.parameters.queue_only_file, Queues::everything) ||
        must_wait_for_load(id, with_envelope)) {
        entry.state = State::waiting;
        return;
    }
    entry.state = State::fresh;
    if (!with_envelope || with_envelope->envelope.empty() || !fresh_.empty() || !has_room()) {
        fresh_.add(with_envelope ? owner_in(with_envelope->envelope) : 0, id);
        return core_.kick();
    }
    auto& message = start(id, entry, {});
    if (!Routing::adopt(message, *with_envelope))
        log::alarm(id.text() + " envelope cannot be read");
}

void Admission::due(const QueueId& id, IndexEntry& entry, Attempt attempt)
{
    entry.state = State::due;
    due_.push_back({id, std::move(attempt)});
    core_.kick();
}

void Admission::pause(const QueueId& id, IndexEntry& entry, Attempt attempt)
{
    std::int64_t wait = core_.parameters.trouble_delay;
    for (unsigned i = 0; i < entry.troubles && wait < core_.parameters.trouble_delay_max; ++i)
        wait *= 2;
    wait = std::min<std::int64_t>(std::max<std::int64_t>(1, wait), core_.parameters.trouble_delay_max);
    if (entry.troubles < 0xff)
        ++entry.troubles;
    entry.state = State::paused;
    paused_.emplace(core_.clock.seconds() + wait, Later{id, std::move(attempt)});
}

void Admission::pause_until(const QueueId& id, IndexEntry& entry, Attempt attempt, std::int64_t second)
{
    entry.state = State::paused;
    paused_.emplace(second, Later{id, std::move(attempt)});
}

void Admission::release(std::string_view account)
{
    for (auto at = paused_.begin(); at != paused_.end();) {
        auto* entry = at->second.attempt.slowed_for == account ? core_.index.find(at->second.id) : nullptr;
        const bool is_meant = entry && entry->state == State::paused;
        auto later = is_meant ? std::move(at->second) : Later{};
        at = is_meant ? paused_.erase(at) : std::next(at);
        if (is_meant)
            due(later.id, *entry, std::move(later.attempt));
    }
}

std::vector<std::string> Admission::slowed_for(std::string_view account) const
{
    std::vector<std::string> ids;
    for (const auto& [second, later] : paused_) {
        const auto* entry = later.attempt.slowed_for == account ? core_.index.find(later.id) : nullptr;
        if (entry && entry->state == State::paused)
            ids.push_back(later.id.text());
    }
    return ids;
}

void Admission::park(const QueueId& id, IndexEntry& entry, Attempt attempt, const std::string& destination, Owner owner)
{
    add(parked_[destination], id, entry, std::move(attempt), owner);
    if (core_.scheduler.waiting_for(destination, !entry.attempted) < core_.parameters.destination_backlog)
        shrank(destination); // it has become short meanwhile: nobody else would tell
}

void Admission::park(const QueueId& id, IndexEntry& entry, Attempt attempt, const std::shared_ptr<Meter>& pace, Owner owner)
{
    const auto [at, is_new] = paced_.try_emplace(pace);
    if (is_new) {
        while (++last_pace_ == 0 || numbered_.contains(last_pace_)) {
        }
        at->second.number = last_pace_;
        numbered_.emplace(last_pace_, pace);
    }
    add(at->second, id, entry, std::move(attempt), owner);
    entry.pace = at->second.number;
    if (pace->jobs(!entry.attempted) < core_.parameters.destination_backlog)
        eased(at);
}

void Admission::add(Parked& parked, const QueueId& id, IndexEntry& entry, Attempt attempt, Owner owner)
{
    entry.state = State::parked;
    (entry.attempted ? parked.later : parked.first).add(owner, {id, std::move(attempt)});
    ++parked_count_;
}

Message& Admission::start(const QueueId& id, IndexEntry& entry, Attempt attempt)
{
    auto made = std::make_unique<Message>();
    made->number = ++last_number_;
    made->id = id;
    made->size = entry.size;
    made->lines = entry.lines;
    made->received = entry.received;
    made->uncertain = entry.uncertain;
    made->first = !entry.attempted;
    if (const auto wanted = core_.removals.find(id); wanted != core_.removals.end())
        made->removed_by = wanted->second;
    made->attempt = std::move(attempt);
    entry.state = State::active;
    entry.pace = 0;
    entry.active = made->number;
    entry.attempted = true;
    auto& message = *made;
    core_.active.emplace(message.number, std::move(made));
    started_(message);
    core_.kick();
    return message;
}

bool Admission::wait_for_room()
{
    while (!core_.stopping) {
        if (has_room() && runs_.empty() && fresh_.empty() && due_.empty())
            return true;
        event::Notice turn;
        runs_.push_back(&turn);
        core_.kick();
        (void)turn.wait(core_.answer_deadline());
        if (std::erase(runs_, &turn) > 0)
            continue; // nobody called: the wait was over
        --promised_;
        return !core_.stopping;
    }
    return false;
}

void Admission::stopping()
{
    for (auto* turn : runs_)
        turn->notify();
}

void Admission::shrank(const std::string& destination)
{
    const auto at = parked_.find(destination);
    if (at == parked_.end())
        return;
    refill(at->second.first, core_.scheduler.waiting_for(destination, true));
    refill(at->second.later, core_.scheduler.waiting_for(destination, false));
    if (at->second.first.empty() && at->second.later.empty())
        parked_.erase(at);
}

void Admission::eased(const Paces::Meters& meters)
{
    for (const auto& meter : meters)
        if (const auto at = paced_.find(meter); at != paced_.end())
            eased(at);
}

Admission::Paced::iterator Admission::eased(Paced::iterator at)
{
    refill(at->second.first, at->first->jobs(true));
    refill(at->second.later, at->first->jobs(false));
    if (!at->second.first.empty() || !at->second.later.empty())
        return std::next(at);
    numbered_.erase(at->second.number);
    return paced_.erase(at);
}

std::shared_ptr<Meter> Admission::pace_of(std::uint32_t number) const
{
    const auto at = numbered_.find(number);
    return at == numbered_.end() ? nullptr : at->second;
}

void Admission::refill(Turns<Later>& parked, std::size_t waiting)
{
    const std::size_t backlog = core_.parameters.destination_backlog;
    // In halves, so that envelopes are fetched in batches.
    if (waiting > backlog / 2)
        return;
    for (; waiting < std::max<std::size_t>(1, backlog) && !parked.empty(); ++waiting) {
        auto later = parked.next();
        --parked_count_;
        auto* entry = core_.index.find(later.id);
        if (entry && entry->state == State::parked)
            due(later.id, *entry, std::move(later.attempt));
    }
}

void Admission::tick()
{
    for (auto at = paced_.begin(); at != paced_.end();) // jobs may have been taken back, and the configuration changed
        at = eased(at);
    const auto now = core_.clock.seconds();
    while (!paused_.empty() && paused_.begin()->first <= now) {
        auto later = std::move(paused_.begin()->second);
        paused_.erase(paused_.begin());
        auto* entry = core_.index.find(later.id);
        if (entry && entry->state == State::paused)
            due(later.id, *entry, std::move(later.attempt));
    }
}

// No more than can be prepared soon: the first are delivered while the next come in.
void Admission::pump()
{
    while (has_room() && core_.to_prepare < core_.parameters.routing_limit) {
        bool any = false;
        for (unsigned tried = 0; tried < 3 && !any; ++tried) {
            switch (turn_++ % 3) {
            case 0:
                any = let_in_fresh();
                break;
            case 1:
                any = let_in_due();
                break;
            default:
                any = let_in_run();
            }
        }
        if (!any)
            return;
    }
}

// An id whose message is no longer in the state that put it here has nothing to say any more.
bool Admission::let_in_fresh()
{
    while (!fresh_.empty()) {
        const auto id = fresh_.next();
        auto* entry = core_.index.find(id);
        if (!entry || entry->state != State::fresh)
            continue;
        start(id, *entry, {});
        return true;
    }
    return false;
}

bool Admission::let_in_due()
{
    while (!due_.empty()) {
        auto later = std::move(due_.front());
        due_.pop_front();
        auto* entry = core_.index.find(later.id);
        if (!entry || entry->state != State::due)
            continue;
        start(later.id, *entry, std::move(later.attempt));
        return true;
    }
    return false;
}

bool Admission::let_in_run()
{
    if (runs_.empty())
        return false;
    ++promised_;
    runs_.front()->notify();
    runs_.pop_front();
    return true;
}

}
