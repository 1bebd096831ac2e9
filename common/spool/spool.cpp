#include "common/spool/spool.h"

#include <fcntl.h>

#include <algorithm>
#include <thread>

#include "common/log/log.h"
#include "common/spool/fields.h"

namespace gp::spool {

Result<std::unique_ptr<Spool>> Spool::open(const Io& io, OwnedFd directory, const Clock& clock,
                                           const Options& options)
{
    auto lock = TRY(io.open(directory.get(), lock_name, O_RDWR | O_CREAT));
    constexpr std::chrono::milliseconds rest{100};
    for (auto left = options.lock_wait; !TRY(io.lock(lock.get(), true)); left -= rest) {
        if (left < rest)
            return temporary("the spool is in use by another process");
        std::this_thread::sleep_for(rest);
    }
    auto log_directory = TRY(io.open_directory(directory.get(), log_name, true));
    auto large_root = TRY(io.open_directory(directory.get(), large_name, true));
    std::unique_ptr<Spool> spool{new Spool(io, std::move(directory), std::move(lock), std::move(log_directory),
                                           std::move(large_root), clock, options)};
    TRY(spool->start(TRY(recover(io, spool->log_directory_.get(), options.recovery))));
    return spool;
}

Spool::Spool(const Io& io, OwnedFd directory, OwnedFd lock, OwnedFd log_directory, OwnedFd large_root,
             const Clock& clock, const Options& options)
    : io_(io),
      clock_(clock),
      options_(options),
      directory_(std::move(directory)),
      lock_(std::move(lock)),
      log_directory_(std::move(log_directory)),
      large_(io, std::move(large_root))
{
}

Spool::~Spool() = default;

// What was read may not be on the disk yet: a process that was killed between a write and its barrier leaves the octets
// to the kernel alone. From here on they count, so that a power cut must not take them back.
Status Spool::settle_segments() const
{
    for (const auto& [generation, segment] : catalog_.segments)
        if (auto synced = io_.sync(segment->file->fd.get()); !synced)
            return temporary(segment->file->name + ": " + synced.error().text);
    return {};
}

Status Spool::start(Recovered recovered)
{
    catalog_ = std::move(recovered.catalog);
    report_ = std::move(recovered.report);
    TRY(settle_segments());
    shelf_ = std::make_unique<Shelf>(io_, log_directory_.get(), options_.sizes, recovered.next_number);
    for (auto& file : recovered.free)
        shelf_->give(std::move(file));
    log_ = std::make_unique<Log>(io_, *shelf_, clock_, std::move(recovered.start));
    // The first message must not wait for a segment to be filled. On a full disk it will have to.
    if (shelf_->count() == 0)
        if (auto made = shelf_->make(); !made)
            report_.remarks.push_back("spool: no segment could be made: " + made.error().text);
    return check_large_files();
}

// A file that no record names is an aborted reception, or belongs to a message that is finished; where records were lost
// it may be all that is left of a message, and stays. A record whose file is not there is damage: the message is held for
// people to look at.
Status Spool::check_large_files()
{
    TRY(large_.open_existing());
    auto files = TRY(large_.list());
    std::ranges::sort(files);
    const bool may_be_wanted = !report_.alarms.empty() || report_.knows_of_losses;
    for (const auto& id : files) {
        const auto* entry = catalog_.index.find(id);
        if (entry && entry->large)
            continue;
        if (may_be_wanted)
            report_.alarms.push_back("spool: large/" + id.str() + " is the body of no message that is known; it is kept, for records were lost");
        else
            static_cast<void>(large_.remove(id)); // one that stays is tried again at the next start
    }
    for (const auto& [id, entry] : catalog_.index.all()) {
        if (!entry.large || std::ranges::binary_search(files, id))
            continue;
        report_.alarms.push_back("spool: the body of " + id.str() + " is missing; the message is frozen");
        catalog_.index.find(id)->frozen = true;
    }
    return {};
}

// --- changes ---

void Spool::prepare(Batch& batch)
{
    const auto floor = reclaimable();
    batch.floor = floor;
    // Rides along; the segments below are free when this batch is durable. A batch without a barrier is
    // not given one by it.
    if (floor > catalog_.index.floor() && (batch.wants_barrier() || batch.empty()))
        batch.add_checkpoint({.floor = floor, .at = clock_.seconds()});
}

std::vector<Index::Gone> Spool::apply(const Batch& batch)
{
    if (const auto segment = Log::segment_of(batch))
        catalog_.segments.try_emplace(segment->header.generation, segment);
    std::vector<Index::Gone> gone;
    for (std::size_t i = 0; i < batch.count(); ++i) {
        auto applied = catalog_.index.apply(batch.record(i));
        if (!applied)
            panic("what we wrote ourselves reads back: " + applied.error().text);
        if (*applied)
            gone.push_back(**applied);
    }
    reclaim();
    return gone;
}

Status Spool::confirm_beside(Batch& batch, const Batch& behind)
{
    return Log::segment_of(batch) == Log::segment_of(behind) ? Status{} : log_->write(batch);
}

void Spool::remove_bodies(const std::vector<Index::Gone>& gone) const
{
    for (const auto& message : gone)
        if (message.large)
            static_cast<void>(large_.remove(message.id)); // else at the next start
}

Status Spool::commit(Batch& batch)
{
    prepare(batch);
    TRY(write(batch));
    remove_bodies(apply(batch));
    return {};
}

Status Spool::close()
{
    if (!log_->is_open() || log_->stopped())
        return {};
    Batch batch;
    batch.floor = reclaimable();
    batch.add_checkpoint({.floor = batch.floor, .clean = true, .at = clock_.seconds()});
    return log_->write(batch);
}

// --- upkeep ---

// The oldest generation with something alive in it; the newest stays in any case, for it is being written.
std::uint32_t Spool::reclaimable() const
{
    if (catalog_.segments.empty())
        return catalog_.index.floor();
    const auto newest = std::prev(catalog_.segments.end());
    const auto oldest_live =
        std::find_if(catalog_.segments.begin(), newest, [&](const auto& s) { return catalog_.index.use(s.first).messages > 0; });
    return std::max(oldest_live->first, catalog_.index.floor());
}

void Spool::reclaim()
{
    while (!catalog_.segments.empty() && catalog_.segments.begin()->first < catalog_.index.floor()) {
        const auto segment = catalog_.segments.begin()->second;
        catalog_.segments.erase(catalog_.segments.begin());
        retire(segment);
    }
}

void Spool::retire(const std::shared_ptr<Segment>& segment)
{
    const auto& file = segment->file;
    if (std::erase(damaged_, segment->header.generation) > 0) {
        if (!io_.rename(log_directory_.get(), file->name, file->name + std::string(damaged_suffix)))
            log::warning("spool: " + file->name + " is damaged and cannot be renamed");
        return;
    }
    if (file->suspect || file->size != segment->header.size)
        static_cast<void>(io_.remove(log_directory_.get(), file->name)); // else found free at the next start
    else
        shelf_->give(file);
}

bool Spool::wants_spare() const
{
    if (!log_->is_open())
        return false; // one is there, and an idle instance needs no more
    constexpr unsigned early_enough = 25;
    const auto wanted = log_->used_percent() < early_enough ? 1 : options_.spares;
    return shelf_->count() < wanted;
}

std::uint64_t Spool::used_octets() const
{
    std::uint64_t sum = 0;
    for (const auto& [generation, segment] : catalog_.segments)
        sum += segment->file->size;
    return sum;
}

bool Spool::wants_compaction(bool pressed) const
{
    if (catalog_.segments.size() < (pressed ? 2 : std::max<std::size_t>(options_.compact_segments, 2)))
        return false;
    // The newest is being filled and has no share yet.
    const auto used = used_octets() - std::prev(catalog_.segments.end())->second->file->size;
    constexpr unsigned worth_it = 80;
    return catalog_.index.live_octets() * 100 < used * (pressed ? worth_it : options_.compact_below);
}

std::unique_ptr<Sweep> Spool::start_sweep() const
{
    if (catalog_.segments.size() < 2)
        return nullptr;
    return std::make_unique<Sweep>(io_, catalog_.segments.begin()->second);
}

void Spool::select(Sweep& sweep) const
{
    for (auto& straggler : sweep.stragglers_) {
        const auto* entry = catalog_.index.find(straggler.header.id);
        straggler.selected = entry && entry->where == straggler.where;
        if (!straggler.selected)
            continue;
        if (auto source = locate(straggler.header.id))
            straggler.source = std::move(source).take();
    }
}

// Facts are made now, from the index: whatever became of a message up to the batch before this one is in
// them, and what this batch itself brings comes behind the copies.
std::size_t Spool::add_copies(Batch& batch, const Sweep& sweep) const
{
    if (!batch.empty())
        panic("copies stand before everything else in their batch");
    std::size_t count = 0;
    for (const auto& straggler : sweep.stragglers_) {
        const auto* entry = catalog_.index.find(straggler.header.id);
        if (!straggler.selected || !entry || entry->where != straggler.where)
            continue;
        const auto now = locate(straggler.header.id);
        const auto same = [](const std::optional<Place>& a, const std::optional<Place>& b) {
            return a.has_value() == b.has_value() && (!a || a->where == b->where);
        };
        if (!now || !same(now->edit, straggler.source.edit) || !same(now->deferral, straggler.source.deferral))
            continue; // something happened since; it stays for the next pass
        const auto front = split_message_front(straggler.front);
        auto recorded = front ? read_fields<Facts>(front->facts) : Result<Facts>(permanent("no sections"));
        if (!recorded)
            continue;
        auto facts = catalog_.index.facts(*entry);
        facts.large_size = recorded->large_size;
        facts.large_crc = recorded->large_crc;
        facts.reason = straggler.source.deferral ? straggler.reason : recorded->reason;
        batch.add(NewMessage{.id = straggler.header.id,
                             .facts = std::move(facts),
                             .envelope = straggler.source.edit ? std::string_view(straggler.edited) : front->envelope,
                             .headers = front->headers,
                             .body = straggler.tail,
                             .large = entry->large,
                             .flags = static_cast<std::uint8_t>(straggler.header.flags | is_copy)});
        ++count;
    }
    return count;
}

std::vector<Key> Spool::unreadable(std::uint32_t generation) const
{
    std::vector<Key> left;
    if (catalog_.index.use(generation).messages == 0)
        return left;
    for (const auto& [id, entry] : catalog_.index.all())
        if (entry.where.generation == generation)
            left.push_back(id);
    return left;
}

}
