#include "qmgr/scheduler.h"

#include "common/base/result.h"

#include <algorithm>

namespace gp::qmgr {
namespace {

constexpr unsigned suspects_turn = 4; // each fourth

}

Scheduler::Scheduler(const Limits& limits, const Clock& clock) : clock_(clock)
{
    set_limits(limits);
}

void Scheduler::set_limits(const Limits& limits)
{
    limits_ = limits;
    slots_[index(Agent::remote)].set_limit(std::max<std::size_t>(1, limits.remote));
    slots_[index(Agent::local)].set_limit(std::max<std::size_t>(1, limits.local));
}

Scheduler::Class Scheduler::class_of(const Destination& destination)
{
    if (destination.is_suspect())
        return suspect;
    return destination.in_flight() == 0 ? idle : busy;
}

void Scheduler::seat(Destination& destination, Line& line, Stand stand)
{
    line.splice(line.end(), *destination.seat.line, destination.seat.place);
    destination.seat.line = &line; // the iterator stays valid
    destination.seat.stand = stand;
}

void Scheduler::set_aside(Destination& destination, std::int64_t now)
{
    if (const auto* meter = destination.held_by(now))
        return seat(destination, paced_[meter], Stand::paced);
    seat(destination, resting_, Stand::resting);
}

Destination& Scheduler::destination_of(const Work& work)
{
    auto& slot = destinations_[work.destination];
    if (!slot) {
        auto limits = work.agent == Agent::remote ? limits_.remote_destination : limits_.local_destination;
        if (work.window > 0)
            limits.ceiling = limits.start = static_cast<double>(work.window);
        slot = std::make_unique<Destination>(work.destination, work.agent, limits);
        resting_.push_back(slot.get());
        slot->seat = {Stand::resting, &resting_, std::prev(resting_.end())};
    }
    return *slot;
}

Transport& Scheduler::transport_of(const Work& work)
{
    auto& slot = transports_[work.transport];
    if (!slot)
        slot = std::make_unique<Transport>(Transport{work.transport, Slots{}});
    slot->slots.set_limit(work.transport_limit);
    return *slot;
}

JobId Scheduler::add(const Work& work)
{
    auto job = std::make_unique<Job>();
    job->id = ++last_job_;
    job->message = work.message;
    job->group = work.group;
    job->owner = work.owner;
    job->is_first = work.is_first;
    job->destination = &destination_of(work);
    job->transport = &transport_of(work);
    job->total = std::max<std::size_t>(1, work.targets);
    job->part = std::max<std::size_t>(1, work.part);
    job->parallel = work.parallel;
    job->meters = work.meters;
    for (const auto& meter : job->meters)
        meter->joined(work.owner, work.is_first);
    job->destination->add(job.get());
    auto& destination = *job->destination;
    jobs_.emplace(job->id, std::move(job));
    if (destination.seat.stand == Stand::resting || destination.seat.stand == Stand::paced)
        place(destination);
    return last_job_;
}

void Scheduler::place(Destination& destination)
{
    const auto now = clock_.seconds(); // once: a meter that has room again between two looks would leave it behind
    if (!destination.is_ready(now))
        return set_aside(destination, now);
    seat(destination, lines_[index(destination.agent())].ready[class_of(destination)], Stand::ready);
}

bool Scheduler::may_use(Agent agent, Class which) const
{
    const auto& slots = slots_[index(agent)];
    if (!slots.has_room())
        return false;
    const auto kept_back = which == idle ? 0 : which == busy ? slots.limit() / 4 : slots.limit() / 2;
    return slots.free() > kept_back;
}

std::optional<Assignment> Scheduler::next(Agent agent)
{
    auto& lines = lines_[index(agent)];
    std::optional<Assignment> found;
    if (lines.turn % suspects_turn == suspects_turn - 1 && slots_[index(agent)].has_room())
        found = from_line(agent, suspect);
    for (const Class which : {idle, busy, suspect})
        if (!found && may_use(agent, which))
            found = from_line(agent, which);
    lines.turn += found ? 1 : 0;
    return found;
}

std::optional<Assignment> Scheduler::from_line(Agent agent, Class which)
{
    auto& line = lines_[index(agent)].ready[which];
    while (!line.empty()) {
        Destination& destination = *line.front();
        const auto now = clock_.seconds();
        Job* job = destination.is_ready(now) ? destination.take_turn(now) : nullptr;
        if (!job) {
            set_aside(destination, now);
            continue;
        }
        if (!job->transport->slots.has_room()) {
            destination.put_back(job);
            seat(destination, held_[job->transport], Stand::held);
            continue;
        }
        return start(*job, destination);
    }
    return std::nullopt;
}

Assignment Scheduler::start(Job& job, Destination& destination)
{
    Assignment assignment{.job = job.id,
                          .message = job.message,
                          .group = job.group,
                          .agent = destination.agent(),
                          .first = job.given,
                          .count = std::min(job.part, job.total - job.given)};
    job.given += assignment.count;
    ++job.in_flight;
    destination.started();
    for (const auto& meter : job.meters)
        meter->started();
    job.transport->slots.take();
    slots_[index(destination.agent())].take();
    place(destination);
    assignment.is_awaited = destination.waiting() > 0 || !job.meters.empty();
    return assignment;
}

void Scheduler::spoken(Assignment& assignment)
{
    const auto at = jobs_.find(assignment.job);
    if (at == jobs_.end() || std::exchange(assignment.is_spoken, true))
        panic("a delivery is spoken to the end once, and its job is known");
    Job& job = *at->second;
    Destination& destination = *job.destination;
    destination.spoke();
    for (const auto& meter : job.meters) {
        meter->spoke();
        let_go(*meter);
    }
    if (destination.seat.stand == Stand::resting || destination.seat.stand == Stand::paced)
        place(destination);
}

bool Scheduler::ended(const Assignment& assignment, Feedback feedback, std::int64_t seconds_taken)
{
    const auto at = jobs_.find(assignment.job);
    if (at == jobs_.end())
        panic("a delivery ends whose job is known");
    Job& job = *at->second;
    Destination& destination = *job.destination;
    --job.in_flight;
    job.transport->slots.give_back();
    slots_[index(assignment.agent)].give_back();
    for (const auto& meter : job.meters) {
        if (feedback == Feedback::untried)
            meter->not_begun(assignment.is_spoken);
        else
            meter->ended(feedback == Feedback::success, clock_.seconds(), assignment.is_spoken);
    }
    destination.ended(feedback, seconds_taken >= limits_.slow, clock_.seconds(), assignment.is_spoken);
    let_go(*job.transport);
    if (destination.seat.stand == Stand::paced) // it had its turn
        seat(destination, *destination.seat.line, Stand::paced);
    for (const auto& meter : job.meters)
        let_go(*meter);
    if (destination.seat.line != &held_[job.transport]) // what a full transport holds stays in that line
        place(destination);
    const bool is_over = job.is_over();
    if (is_over)
        forget(at);
    return is_over;
}

// A transport has room again: as many destinations as it has slots get back into their lines.
void Scheduler::let_go(const Transport& transport)
{
    auto& line = held_[&transport];
    for (auto room = transport.slots.free(); room > 0 && !line.empty();) {
        auto& destination = *line.front();
        place(destination);
        if (destination.seat.stand == Stand::ready) // what hands nothing out takes no slot
            --room;
    }
}

// One place is free: the destination that has waited for it longest has it, before the one that had it last.
void Scheduler::let_go(const Meter& meter)
{
    const auto found = paced_.find(&meter);
    if (found == paced_.end())
        return;
    auto& line = found->second;
    for (auto left = line.size(); left > 0 && !line.empty() && meter.has_room(clock_.seconds()); --left) {
        auto& destination = *line.front();
        place(destination);
        if (destination.seat.stand == Stand::ready)
            return;
    }
}

// What meters hold is looked at once; it may go back into the same line.
void Scheduler::tick()
{
    std::vector<Destination*> waiting;
    for (const auto& [meter, line] : paced_)
        waiting.insert(waiting.end(), line.begin(), line.end());
    for (auto* destination : waiting)
        place(*destination);
    for (auto& [transport, line] : held_) // its place went to one that did not take it
        let_go(*transport);
    std::erase_if(paced_, [](const auto& entry) { return entry.second.empty(); });
}

std::size_t Scheduler::cancel(JobId id)
{
    const auto at = jobs_.find(id);
    if (at == jobs_.end())
        return 0;
    Job& job = *at->second;
    const auto taken_back = job.total - job.given;
    job.total = job.given;
    job.destination->drop(&job);
    if (job.in_flight == 0)
        forget(at);
    return taken_back;
}

void Scheduler::forget(Jobs::iterator at)
{
    for (const auto& meter : at->second->meters)
        meter->left(at->second->owner, at->second->is_first);
    jobs_.erase(at);
}

std::size_t Scheduler::waiting_for(std::string_view destination, bool is_first) const
{
    const auto* found = find(destination);
    return found ? found->waiting(is_first) : 0;
}

bool Scheduler::has_place(std::string_view destination, Owner owner, bool is_first, std::size_t backlog) const
{
    const auto* found = find(destination);
    if (!found || found->waiting(is_first) < backlog)
        return true;
    return found->waiting_of(owner, is_first) == 0 && found->waiting(is_first) < 2 * backlog;
}

const Destination* Scheduler::find(std::string_view destination) const
{
    const auto at = destinations_.find(destination);
    return at == destinations_.end() ? nullptr : at->second.get();
}

void Scheduler::forget_idle()
{
    const auto now = clock_.seconds();
    std::erase_if(destinations_, [&](auto& entry) {
        auto& destination = *entry.second;
        if (!destination.is_idle() || now - destination.last_used() < limits_.memory)
            return false;
        destination.seat.line->erase(destination.seat.place);
        return true;
    });
}

}
