#include "common/ipc/link.h"

namespace gp::ipc {

std::shared_ptr<Channel> Link::best() const
{
    // The search starts at another place each time, so that equals take turns.
    std::shared_ptr<Channel> found;
    std::size_t fewest = 0;
    const auto count = channels_.size();
    for (std::size_t i = 0; i < count; ++i) {
        const auto& channel = channels_[(next_ + i) % count];
        const auto load = channel->outstanding();
        if (!channel->is_open() || (found && load >= fewest))
            continue;
        found = channel;
        fewest = load;
        if (load == 0)
            break;
    }
    ++next_;
    return found;
}

// Each process draws a number for the key, and the highest wins: one that comes or goes moves only its own keys.
std::shared_ptr<Channel> Link::of(std::string_view key) const
{
    std::shared_ptr<Channel> found;
    std::size_t highest = 0;
    for (const auto& channel : channels_) {
        const auto drawn = std::hash<std::string>{}(channel->name() + "\n" + std::string(key));
        if (!channel->is_open() || (found && drawn <= highest))
            continue;
        found = channel;
        highest = drawn;
    }
    return found;
}

Result<std::shared_ptr<Channel>> Link::pick(event::Deadline until)
{
    return wait_for([this] { return best(); }, until);
}

Result<std::shared_ptr<Channel>> Link::pick_for(std::string_view key, event::Deadline until)
{
    return wait_for([this, key] { return of(key); }, until);
}

template <class Choose>
Result<std::shared_ptr<Channel>> Link::wait_for(Choose choose, event::Deadline until)
{
    for (;;) {
        if (auto channel = choose())
            return channel;
        event::Notice arrived;
        waiting_->push_back(&arrived);
        struct Leaving {
            std::shared_ptr<std::vector<event::Notice*>> waiting;
            event::Notice* me;
            ~Leaving() { std::erase(*waiting, me); }
        } const leaving{waiting_, &arrived};
        if (!arrived.wait(until))
            return temporary("no " + service_ + " process is there", Cause::timeout);
    }
}

void Link::add(std::shared_ptr<Channel> channel)
{
    channel->on_close([link = std::weak_ptr(waiting_), this, gone = channel.get()] {
        if (link.lock())
            remove(gone);
    });
    channels_.push_back(channel);
    for (auto* waiting : std::exchange(*waiting_, {}))
        waiting->notify();
    if (on_connect_)
        on_connect_(std::move(channel));
}

void Link::remove(const Channel* channel)
{
    std::erase_if(channels_, [channel](const auto& one) { return one.get() == channel; });
}

}
