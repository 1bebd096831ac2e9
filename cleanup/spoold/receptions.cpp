#include "cleanup/spoold/receptions.h"

namespace gp::spoold {
namespace {

constexpr std::size_t threads_at_once = 2;

}

Receptions::Receptions(spool::Spool& spool, const Parameters& parameters)
    : spool_(spool), parameters_(parameters), threads_(threads_at_once)
{
}

Result<Receptions::Held> Receptions::open(const spool::Key& id, Channel channel)
{
    if (receptions_.contains(id))
        return permanent(id.str() + " is arriving already");
    if (receptions_.size() >= parameters_.spool_large_receptions)
        return temporary("too many large messages arrive at once (spool_large_receptions)");
    auto file = TRY(spool_.large().create(id));
    auto made = std::make_shared<Reception>(spool::LargeWriter{spool_.io(), spool_.large(), id, std::move(file)}, channel);
    receptions_.emplace(id, made);
    return made;
}

Result<Receptions::Held> Receptions::find(const spool::Key& id, Channel channel) const
{
    const auto at = receptions_.find(id);
    if (at == receptions_.end() || at->second->channel != channel)
        return permanent(id.str() + " has no body that is arriving");
    if (at->second->busy)
        return permanent(id.str() + ": a part before the last one was answered");
    return at->second;
}

// On a thread. The reception may be abandoned meanwhile; its file goes when the thread has let go of it.
Status Receptions::work(const Held& reception, Task task)
{
    reception->busy = true;
    threads_.enter(event::Deadline::never()); // others of this kind leave it as soon as the disk lets them
    if (!reception->doomed)
        event::offload(std::move(task));
    threads_.leave();
    reception->busy = false;
    if (!reception->doomed)
        return {};
    remove(reception->writer.id());
    return temporary(reception->writer.id().str() + " was abandoned");
}

Status Receptions::add(const spool::Key& id, Channel channel, std::uint64_t offset, std::string_view octets)
{
    const auto reception = offset == 0 ? TRY(open(id, channel)) : TRY(find(id, channel));
    if (offset != reception->writer.size())
        return permanent(id.str() + ": a part at " + std::to_string(offset) + " where " +
                         std::to_string(reception->writer.size()) + " was expected");
    Status written;
    TRY(work(reception, [&] { written = reception->writer.write(octets); }));
    if (!written)
        abandon(id);
    return written;
}

Result<OwnedFd> Receptions::read(const spool::Key& id, Channel channel) const
{
    TRY(find(id, channel));
    return spool_.large().open(id);
}

Result<Receptions::Complete> Receptions::complete(const spool::Key& id, Channel channel, std::uint64_t size)
{
    const auto reception = TRY(find(id, channel));
    if (reception->writer.size() != size) {
        abandon(id);
        return permanent(id.str() + ": " + std::to_string(reception->writer.size()) + " octets came of " +
                         std::to_string(size));
    }
    Status synced;
    TRY(work(reception, [&] { synced = reception->writer.finish(); }));
    if (!synced) {
        abandon(id);
        return std::move(synced).error();
    }
    receptions_.erase(id);
    return Complete{.size = size, .crc = reception->writer.crc(), .no_leading_dots = reception->writer.no_leading_dots()};
}

void Receptions::discard(const spool::Key& id)
{
    static_cast<void>(spool_.large().remove(id)); // one that stays goes at the next start
}

void Receptions::remove(const spool::Key& id)
{
    receptions_.erase(id);
    discard(id);
}

void Receptions::abandon(const spool::Key& id)
{
    const auto at = receptions_.find(id);
    if (at == receptions_.end())
        return;
    if (at->second->busy)
        at->second->doomed = true;
    else
        remove(id);
}

void Receptions::abandon(const spool::Key& id, Channel channel)
{
    const auto at = receptions_.find(id);
    if (at != receptions_.end() && at->second->channel == channel)
        abandon(id);
}

void Receptions::channel_gone(Channel channel)
{
    std::vector<spool::Key> theirs;
    for (const auto& [id, reception] : receptions_)
        if (reception->channel == channel)
            theirs.push_back(id);
    for (const auto& id : theirs)
        abandon(id);
}

}
