#include "cleanup/spoold/committer.h"

#include <algorithm>

#include "common/log/log.h"

namespace gp::spoold {
namespace {

// Each takes a block of the segment.
constexpr std::size_t most_besides = 16; // of one barrier

// Of what comes when the fiber has gone: nobody would ever wake who waits for it.
Status ended()
{
    return temporary("the spool is being closed", Cause::closed);
}

}

Status Committer::commit(Change change)
{
    if (pending_.size() >= parameters_.spool_pending || pending_octets_ >= parameters_.spool_pending_size)
        return temporary("too much is waiting for the spool (spool_pending, spool_pending_size)");
    return wait({.change = std::move(change)});
}

// No deadline: until the barrier has ended nobody knows what becomes of the change, and the batch refers to
// what the caller holds. Callers elsewhere have deadlines of their own.
Status Committer::wait(Waiting waiting)
{
    if (ended_)
        return ended();
    event::Notice done;
    Status result;
    waiting.done = &done;
    waiting.result = &result;
    if (waiting.until_appended && may_go_beside()) {
        if (gathered_.empty())
            event::Loop::current().defer([this] { write_beside(); });
        gathered_.push_back(std::move(waiting));
    } else {
        pending_octets_ += waiting.change.octets;
        pending_.push_back(std::move(waiting));
        wake_.notify();
    }
    done.wait(event::Deadline::never());
    return result;
}

bool Committer::may_go_beside() const
{
    return in_barrier_ && !has_mentions_ && besides_.size() < most_besides;
}

// What cannot go beside the barrier any more goes with the next batch.
void Committer::write_beside()
{
    auto changes = std::exchange(gathered_, {});
    if (ended_)
        return answer(changes, ended());
    spool::Batch batch;
    for (const auto& waiting : changes)
        waiting.change.add(batch);
    spool_.prepare(batch);
    if (in_barrier_ && spool_.append_beside(batch)) {
        besides_.push_back(std::move(batch));
        return answer(changes, {});
    }
    std::ranges::move(changes, std::back_inserter(pending_));
    wake_.notify();
}

// Those who gave them have their answer; when they cannot be written again either, the log has stopped and said so.
void Committer::confirm_besides(const spool::Batch& behind)
{
    for (auto& batch : std::exchange(besides_, {})) {
        Status confirmed;
        if (spool::Log::segment_of(batch) != spool::Log::segment_of(behind))
            event::offload([&] { confirmed = spool_.confirm_beside(batch, behind); });
        if (confirmed)
            spool_.apply(batch);
    }
}

Status Committer::append(std::function<void(spool::Batch&)> add)
{
    if (pending_.size() + gathered_.size() >= parameters_.spool_pending)
        return temporary("too much is waiting for the spool (spool_pending)");
    return wait({.change = {.add = std::move(add)}, .until_appended = true});
}

void Committer::mention(std::function<void(spool::Batch&)> add)
{
    // It would only make the log's words after a crash exact; not worth an unbounded queue.
    if (stopping_ || pending_.size() >= parameters_.spool_pending)
        return;
    pending_.push_back({.change = {.add = std::move(add)}});
    has_mentions_ = true;
    wake_.notify();
}

Status Committer::carry_forward(const spool::Sweep& sweep)
{
    if (sweep_)
        panic("one sweep is carried forward at a time");
    if (ended_)
        return ended();
    event::Notice done;
    Status result;
    sweep_ = &sweep;
    sweep_done_ = &done;
    sweep_result_ = &result;
    wake_.notify();
    done.wait(event::Deadline::never());
    return result;
}

Status Committer::checkpoint()
{
    return wait({.change = {.add = [](spool::Batch&) {}}});
}

Status Committer::probe()
{
    return wait({.change = {.add = [](spool::Batch& batch) { batch.add_checkpoint({}); }}});
}

void Committer::run()
{
    for (;;) {
        while (pending_.empty() && !sweep_) {
            if (stopping_) {
                ended_ = true;
                return;
            }
            wake_.wait(event::Deadline::never());
        }
        // What came in with the same turn of the loop goes along.
        event::yield();
        writing_ = true;
        write_batch();
        writing_ = false;
        if (watcher_.batch_ended)
            watcher_.batch_ended();
    }
}

void Committer::stop()
{
    stopping_ = true;
    wake_.notify();
}

// Copies first: they hold what was known before this batch, and what it brings must come after them.
Committer::Batched Committer::take(spool::Batch& batch)
{
    if (sweep_)
        spool_.add_copies(batch, *sweep_);
    Batched changes;
    while (!pending_.empty() &&
           (changes.empty() || batch.octets() + pending_.front().change.octets <= parameters_.spool_batch_size)) {
        auto waiting = std::move(pending_.front());
        pending_.pop_front();
        pending_octets_ -= waiting.change.octets;
        waiting.change.add(batch);
        changes.push_back(std::move(waiting));
    }
    has_mentions_ = has_mentions_ && !pending_.empty();
    return changes;
}

// Who waits for the log alone is answered before the barrier.
Status Committer::write(spool::Batch& batch, Batched& changes)
{
    spool_.prepare(batch);
    if (batch.empty())
        return {};
    Status written;
    if (std::ranges::none_of(changes, &Waiting::until_appended)) {
        in_barrier_ = batch.wants_barrier();
        event::offload([&] { written = spool_.write(batch); });
        in_barrier_ = false;
        return written;
    }
    event::offload([&] { written = spool_.append(batch); });
    TRY(std::move(written));
    for (auto& waiting : changes)
        if (waiting.until_appended)
            answer(waiting, {});
    written = {};
    in_barrier_ = batch.wants_barrier();
    if (in_barrier_)
        event::offload([&] { written = spool_.make_durable(batch); });
    else
        written = spool_.make_durable(batch);
    in_barrier_ = false;
    return written;
}

void Committer::write_batch()
{
    spool::Batch batch;
    auto changes = take(batch);
    const auto* sweep = sweep_;
    auto written = write(batch, changes);
    tell_of_trouble(written);
    const bool no_room = !written && written.error().cause == Cause::no_space;
    if (batch.brings_mail())
        out_of_room_ = no_room;
    if (written) {
        counts_.barriers += batch.wants_barrier();
        succeeded(batch, changes);
        confirm_besides(batch);
    } else if (no_room && batch.brings_mail()) {
        put_back_outcomes(changes, written);
    } else {
        answer(changes, written);
    }
    besides_.clear(); // of a batch that failed they are void
    if (sweep) {
        *sweep_result_ = std::move(written);
        sweep_ = nullptr;
        sweep_done_->notify();
    }
}

void Committer::succeeded(spool::Batch& batch, Batched& changes)
{
    const auto gone = spool_.apply(batch);
    for (const auto& waiting : changes) {
        counts_.messages += waiting.change.brings_mail;
        if (!waiting.change.log_line.empty())
            log::main(waiting.change.log_line);
    }
    answer(changes, {});
    if (gone.empty())
        return;
    if (watcher_.gone)
        watcher_.gone(gone);
    if (std::ranges::any_of(gone, &spool::Index::Gone::large))
        remove_bodies(gone);
}

// Removing a large file takes the file system a while; nobody waits for it.
void Committer::remove_bodies(const std::vector<spool::Index::Gone>& gone)
{
    auto begun = event::Loop::current().spawn(
        "remove bodies", [this, gone] { event::offload([&] { spool_.remove_bodies(gone); }); });
    if (!begun)
        spool_.remove_bodies(gone);
}

void Committer::answer(Batched& changes, const Status& status)
{
    for (auto& waiting : changes)
        answer(waiting, status);
    changes.clear();
}

// Once: an append may have been answered already.
void Committer::answer(Waiting& waiting, const Status& status)
{
    const auto done = std::exchange(waiting.done, nullptr);
    if (!done)
        return;
    *waiting.result = status;
    done->notify();
}

// No room for new mail: its senders hear so, and what has become of the mail that we have is recorded in
// the segment that was kept for that.
void Committer::put_back_outcomes(Batched& changes, const Status& status)
{
    Batched refused;
    for (auto at = changes.rbegin(); at != changes.rend(); ++at) {
        if (at->change.brings_mail) {
            refused.push_back(std::move(*at));
            continue;
        }
        pending_octets_ += at->change.octets;
        has_mentions_ = true; // perhaps
        pending_.push_front(std::move(*at));
    }
    answer(refused, status);
}

void Committer::tell_of_trouble(const Status& status)
{
    if (const auto complaint = spool_.take_complaint(); !complaint.empty())
        log::alarm("spool: a segment was given up: " + complaint);
    if (spool_.stopped() && !was_stopped_)
        log::alarm("spool: stopped after write errors, no mail is taken: " + status.error().text);
    if (status && was_stopped_)
        log::remark("spool: works again");
    was_stopped_ = spool_.stopped();
}

}
