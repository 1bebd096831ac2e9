#include "cleanup/spoold/upkeep.h"

#include "common/log/log.h"

namespace gp::spoold {
namespace {

// Carried forward in one batch: little enough that it delays nobody.
constexpr std::size_t portion = 1024 * 1024;
constexpr Duration after_failure{10'000};

}

Status Upkeep::start()
{
    auto& loop = event::Loop::current();
    TRY(loop.spawn("spares", [this] { make_spares(); }));
    TRY(loop.spawn("compaction", [this] { compact(); }));
    return loop.spawn("revival", [this] { revive(); });
}

void Upkeep::batch_ended()
{
    if (spool_.wants_spare())
        wants_spare_.notify();
    if (spool_.wants_compaction(space_.is_pressed()))
        wants_compaction_.notify();
    if (spool_.stopped() || committer_.is_out_of_room()) {
        stopped_log_.notify();
        space_.look();
    }
}

void Upkeep::stop()
{
    stopping_ = true;
    for (auto* notice :
         {&wants_spare_, &wants_compaction_, &stopped_log_, &spare_pause_, &compaction_pause_, &revival_pause_})
        notice->notify();
}

void Upkeep::make_spares()
{
    while (!stopping_) {
        wants_spare_.wait(event::Deadline::never());
        while (!stopping_ && spool_.wants_spare() && space_.has_room_for(parameters_.spool_segment_size))
            make_spare();
    }
}

void Upkeep::make_spare()
{
    Status made;
    event::offload([&] { made = spool_.make_spare(); });
    if (!made) {
        if (!complained_)
            log::warning("spool: no spare segment: " + made.error().text);
        spare_pause_.wait(event::Deadline::in(after_failure));
    }
    complained_ = !made;
}

void Upkeep::compact()
{
    while (!stopping_) {
        wants_compaction_.wait(event::Deadline::never());
        while (!stopping_ && !spool_.stopped() && spool_.wants_compaction(space_.is_pressed()))
            sweep_oldest();
    }
}

void Upkeep::sweep_oldest()
{
    const auto sweep = spool_.start_sweep();
    if (!sweep)
        return;
    const auto before = spool_.index().use(sweep->generation()).messages;
    while (!sweep->at_end() && !stopping_) {
        event::offload([&] { sweep->read(portion); });
        spool_.select(*sweep);
        event::offload([&] { sweep->read_more(); });
        const auto carried = committer_.carry_forward(*sweep);
        if (stopping_)
            return;
        if (!carried) {
            log::warning("spool: compaction: " + carried.error().text);
            compaction_pause_.wait(event::Deadline::in(after_failure));
            return;
        }
    }
    if (stopping_)
        return;
    give_up_unreadable(sweep->generation());
    if (before > 0 && spool_.index().use(sweep->generation()).messages >= before)
        compaction_pause_.wait(event::Deadline::in(after_failure)); // nothing could be moved: not again at once
    if (spool_.owes_checkpoint())
        static_cast<void>(committer_.checkpoint()); // else with the next batch
}

bool Upkeep::is_readable(const spool::Key& id)
{
    const auto source = spool_.locate(id);
    if (!source)
        return source.error().cause == Cause::not_found; // gone meanwhile
    Result<spool::Stored> stored = temporary("not read");
    event::offload([&] {
        stored = spool::read_stored(spool_.io(), *source, spool::want_envelope | spool::want_headers |
                                                              spool::want_body | spool::want_reason);
    });
    return stored || !spool_.index().find(id);
}

// What a whole sweep could not move, and cannot be read now either, the disk has lost since it was written.
// It must not hold all that comes after it: the file is kept for people, and the log goes on without it.
void Upkeep::give_up_unreadable(std::uint32_t generation)
{
    for (const auto& id : spool_.unreadable(generation)) {
        if (is_readable(id))
            continue; // something happened to it while we swept; the next sweep takes it
        log::alarm(id.str() + " is lost: its record cannot be read back from the disk; the segment is kept aside");
        spool_.keep_as_damaged(generation);
        static_cast<void>(committer_.commit({.add = [&](spool::Batch& batch) { batch.add_finished(id); }}));
    }
}

void Upkeep::revive()
{
    while (!stopping_) {
        stopped_log_.wait(event::Deadline::never());
        while (!stopping_ && (spool_.stopped() || committer_.is_out_of_room())) {
            const Duration interval{std::int64_t{std::max(1u, parameters_.spool_retry_interval)} * 1000};
            revival_pause_.wait(event::Deadline::in(interval));
            if (spool_.stopped()) {
                spool_.revive();
                static_cast<void>(committer_.probe()); // the committer tells how it went
            }
            if (spool_.spares() > 1 || space_.has_room_for(parameters_.spool_segment_size))
                committer_.room_again();
            space_.look();
        }
    }
}

}
