// Deliveries to the same mailbox: one child at a time, and those that wait for it are done together.
#include "delivery/local/workers.h"

#include <algorithm>

namespace gp::local {
namespace {

constexpr std::size_t most_octets_together = 1024 * 1024; // of bodies that one order to a child has

}

// Who comes while the mailbox is busy waits; the first of those that wait does the others' deliveries with its own.
Result<delivery::DeliverReply> Workers::deliver_in_line(const std::string& key, Waiting& me, event::Deadline until)
{
    const auto limit = until.left();
    auto [line, is_first] = lines_.try_emplace(key);
    if (!is_first && !wait_in_line(line->second, me, until))
        return temporary("too many deliveries to this mailbox wait for each other", Cause::timeout);
    if (!me.reply)
        lead(key, me, until, limit);
    return std::move(*me.reply);
}

// False when its time is over. Once somebody does it together with theirs, that one's deadline counts.
bool Workers::wait_in_line(Line& line, Waiting& me, event::Deadline until)
{
    line.push_back(&me);
    if (!me.notice.wait(until)) {
        if (const auto at = std::ranges::find(line, &me); at != line.end()) {
            line.erase(at);
            return false;
        }
        me.notice.wait(event::Deadline::never());
    }
    if (me.is_taken) {
        begin(me);
        me.notice.wait(event::Deadline::never());
    }
    return true;
}

void Workers::begin(Waiting& one)
{
    if (const auto begun = *one.begin ? (*one.begin)() : Status{}; !begun)
        one.reply = begun.error();
    one.begun.notify();
}

// All at once, each on its own fiber; who may not begin leaves the batch with its answer.
void Workers::begin_all(std::vector<Waiting*>& batch, Waiting& me)
{
    for (auto* one : batch)
        if (one != &me) {
            one->is_taken = true;
            one->notice.notify();
        }
    begin(me);
    for (auto* one : batch)
        one->begun.wait(event::Deadline::never());
    std::erase_if(batch, [&](Waiting* one) {
        if (one->reply && one != &me)
            one->notice.notify();
        return one->reply.has_value();
    });
}

// With its place among all children; those that come meanwhile are delivered with it.
void Workers::lead(const std::string& key, Waiting& me, event::Deadline until, Duration limit)
{
    auto& line = lines_[key];
    if (const Turns::Turn turn{turns_, me.job->instruction().uid, until})
        lead_batch(key, line, me, limit);
    else
        me.reply = too_many();
    if (line.empty()) {
        lines_.erase(key);
        return;
    }
    auto* next = line.front();
    line.pop_front();
    next->notice.notify();
}

void Workers::lead_batch(const std::string& key, Line& line, Waiting& me, Duration limit)
{
    auto worker = me.alone ? std::nullopt : take_idle(key);
    const auto served = worker ? worker->served : 0;
    const auto most = parameters_.local_child_messages - std::min(served, parameters_.local_child_messages - 1);
    auto batch = take_batch(line, me, most);
    begin_all(batch, me);
    if (batch.empty()) {
        if (worker)
            keep(key, std::move(*worker));
        return;
    }
    const auto until = event::Deadline::in(limit);
    auto done = worker ? serve(*worker, batch, until) : Status{temporary("there is none")};
    if (!done) {
        if (worker)
            dismiss(std::move(*worker), true);
        auto hired = hire(me.job->message.large.get());
        worker = hired ? std::optional{std::move(*hired)} : std::nullopt;
        done = worker ? serve(*worker, batch, until) : Status{hired.error()};
    }
    const bool is_well = done && std::ranges::all_of(batch, [](const Waiting* one) { return static_cast<bool>(*one->reply); });
    for (auto* one : batch) {
        if (!done)
            one->reply = done.error();
        if (one != &me)
            one->notice.notify();
    }
    if (worker && is_well && !me.alone)
        keep(key, std::move(*worker));
    else if (worker)
        dismiss(std::move(*worker), !is_well);
}

std::vector<Workers::Waiting*> Workers::take_batch(Line& line, Waiting& first, std::size_t most) const
{
    std::vector<Waiting*> batch = {&first};
    auto octets = first.job->message.body.size();
    while (!first.alone && !line.empty() && !line.front()->alone && batch.size() < most && octets < most_octets_together) {
        batch.push_back(line.front());
        line.pop_front();
        octets += batch.back()->job->message.body.size();
    }
    return batch;
}

}
