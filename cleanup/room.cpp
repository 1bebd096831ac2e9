#include "cleanup/room.h"

#include <algorithm>

#include "common/log/log.h"

namespace gp::cleanup {
namespace {

constexpr Duration patience{60'000};

}

void RoomKeeper::follow(ipc::Link& spoold)
{
    spoold.on_connect([this](const std::shared_ptr<ipc::Channel>& channel) {
        auto begun = event::Loop::current().spawn("space", [this, channel] { ask(channel); });
        if (!begun)
            log::warning("asking for the spool's space: " + begun.error().text);
    });
}

void RoomKeeper::ask(const std::shared_ptr<ipc::Channel>& spoold)
{
    if (auto space = spoold->call(spoold::WatchSpace{}, event::Deadline::in(patience)))
        take(*space);
    else if (space.error().cause != Cause::closed)
        log::warning("asking for the spool's space: " + space.error().text);
}

void RoomKeeper::notice(const spoold::Space& space, ipc::Channel&)
{
    take(space);
}

void RoomKeeper::take(const spoold::Space& space)
{
    now_ = {.accepting = space.accepting, .free_octets = space.free_octets};
    std::erase_if(watchers_, [](const auto& watcher) { return watcher.expired(); });
    for (const auto& watcher : watchers_)
        if (const auto channel = watcher.lock())
            channel->send(now_);
}

void RoomKeeper::subscribe(ipc::Channel& watcher)
{
    const auto known = watcher.weak_from_this();
    const auto is_same = [&](const auto& other) { return !known.owner_before(other) && !other.owner_before(known); };
    if (std::ranges::none_of(watchers_, is_same))
        watchers_.push_back(known);
}

}
