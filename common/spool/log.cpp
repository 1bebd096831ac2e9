#include "common/spool/log.h"

#include "common/base/random.h"

namespace gp::spool {

Log::Log(const Io& io, Shelf& shelf, const Clock& clock, Start start)
    : io_(io),
      shelf_(shelf),
      clock_(clock),
      next_generation_(start.generation),
      next_sequence_(start.sequence),
      durable_(start.sequence - 1),
      missing_(std::move(start.missing))
{
}

Status Log::write(Batch& batch)
{
    TRY(append(batch));
    return make_durable(batch);
}

Status Log::append(Batch& batch)
{
    if (stopped_)
        return temporary("the spool has stopped after write errors");
    is_second_try_ = false;
    auto written = try_append(batch);
    if (written || written.error().cause == Cause::no_space)
        return written;
    return again(batch, written.error());
}

Status Log::make_durable(Batch& batch)
{
    auto synced = try_barrier(batch);
    if (!synced) {
        TRY(again(batch, synced.error()));
        synced = try_barrier(batch);
        if (!synced)
            return again(batch, synced.error());
    }
    next_sequence_ = batch.wants_barrier() ? next_beside_ : next_sequence_ + batch.count();
    batch.segment_ = current_;
    used_percent_ = static_cast<unsigned>(current_->end * 100 / current_->file->size);
    return {};
}

// Into another segment, once; the second failure in a row stops the log.
Status Log::again(Batch& batch, const Error& why)
{
    seal(why);
    if (std::exchange(is_second_try_, true)) {
        stopped_ = true;
        return why;
    }
    auto written = try_append(batch);
    if (written || written.error().cause == Cause::no_space)
        return written;
    return again(batch, written.error());
}

Status Log::try_append(Batch& batch)
{
    const auto size = batch.blocks_size();
    if (!current_ || current_->room() < size)
        TRY(open_segment(batch));
    batch.place(*current_, next_sequence_, durable_);
    auto written = io_.write(current_->file->fd.get(), current_->end, batch.pieces());
    // Even ENOSPC: the space was there, so something is wrong with this segment.
    if (!written)
        return temporary(current_->file->name + ": " + written.error().text);
    current_->end += size;
    current_->unsynced = true;
    return {};
}

Status Log::try_barrier(Batch& batch)
{
    if (!batch.wants_barrier())
        return {};
    const auto next = next_sequence_ + batch.count();
    {
        const std::scoped_lock lock{barrier_lock_};
        next_beside_ = next;
        in_barrier_ = true;
    }
    auto synced = io_.sync(current_->file->fd.get());
    const std::scoped_lock lock{barrier_lock_};
    in_barrier_ = false;
    if (!synced)
        return temporary(current_->file->name + ": " + synced.error().text);
    current_->unsynced = next_beside_ != next;
    durable_ = next - 1;
    return {};
}

// The segment that is being synced is not left meanwhile.
bool Log::append_beside(Batch& batch)
{
    const std::scoped_lock lock{barrier_lock_};
    const auto size = batch.blocks_size();
    if (!in_barrier_ || current_->room() < size)
        return false;
    batch.place(*current_, next_beside_, durable_);
    if (!io_.write(current_->file->fd.get(), current_->end, batch.pieces()))
        return false; // the next batch writes to the same place
    current_->end += size;
    next_beside_ += batch.count();
    batch.segment_ = current_;
    return true;
}

Status Log::open_segment(const Batch& batch)
{
    // Two headers and the opening record, which is longer the more was missed.
    const auto need = batch.blocks_size() + 4 * block_size + 16 * missing_.size();
    auto file = TRY(shelf_.take(need, batch.brings_mail()));
    TRY(leave_segment());
    const SegmentHeader header{.generation = next_generation_++,
                               .floor = batch.floor,
                               .size = file->size,
                               .salt = random_number(),
                               .first_sequence = next_sequence_,
                               .opened = clock_.seconds()};
    const auto behind = static_cast<std::uint32_t>(next_sequence_ - durable_);
    auto opened = use_segment(
        io_, file, header, behind,
        CheckpointFacts{.floor = header.floor, .at = header.opened, .missing = missing_});
    if (!opened)
        return temporary(file->name + ": " + opened.error().text);
    current_ = std::move(opened).take();
    durable_ = next_sequence_++;
    missing_.clear();
    is_open_ = true;
    return {};
}

// The next barrier is for another file: what this one was handed without a barrier gets one now, for
// records written from now on will say that everything before them is durable.
Status Log::leave_segment()
{
    const auto left = std::exchange(current_, nullptr);
    if (!left || !left->unsynced)
        return {};
    auto synced = io_.sync(left->file->fd.get());
    if (!synced)
        return temporary(left->file->name + ": " + synced.error().text);
    return {};
}

void Log::seal(const Error& why)
{
    // The numbers of the failed batch are used again. An opening record that did become durable counts,
    // so its number is spent; with it the next segment begins one later, which voids the batch all the same.
    if (current_)
        current_->file->suspect = true;
    current_ = nullptr;
    if (!complaint_.empty())
        complaint_ += "; ";
    complaint_ += why.text;
}

std::string Log::take_complaint()
{
    return std::exchange(complaint_, {});
}

}
