#include "qmgr/meter.h"

#include <algorithm>

namespace gp::qmgr {

RecentCount::RecentCount(std::int64_t span)
    : width_(std::max<std::int64_t>(1, (span + slots - 1) / slots)), turns_((std::max<std::int64_t>(1, span) + width_ - 1) / width_)
{}

void RecentCount::add(std::int64_t now)
{
    if (slots_.empty())
        slots_.resize(slots + 1);
    const auto turn = now / width_;
    auto& slot = slots_[static_cast<std::size_t>(turn % (slots + 1))];
    if (slot.turn != turn)
        slot = {turn, 0};
    ++slot.count;
}

std::uint64_t RecentCount::at(std::int64_t now) const
{
    std::uint64_t sum = 0;
    for (const auto& slot : slots_)
        if (slot.turn >= 0 && slot.turn >= now / width_ - turns_)
            sum += slot.count;
    return sum;
}

Meter::Meter(const Bounds& bounds)
    : bounds_(bounds), written_(bounds.seconds), recent_(bounds.interval), taken_(bounds.interval)
{}

std::uint64_t Meter::at_once(std::int64_t now) const
{
    const auto learned = now < learned_until_ ? learned_at_once_ : 0;
    if (learned == 0 || bounds_.at_once == 0)
        return std::max(learned, bounds_.at_once);
    return std::min(learned, bounds_.at_once);
}

std::uint64_t Meter::messages_in_interval(std::int64_t now) const
{
    return now < learned_until_ ? learned_messages_ : 0;
}

bool Meter::has_room(std::int64_t now) const
{
    if (const auto most = at_once(now); most > 0 && in_flight_ >= most)
        return false;
    if (bounds_.messages > 0 && in_flight_ + written_.at(now) >= bounds_.messages)
        return false;
    const auto most = messages_in_interval(now);
    return most == 0 || in_flight_ + recent_.at(now) < most;
}

void Meter::ended(bool was_taken, std::int64_t now)
{
    if (in_flight_ > 0)
        --in_flight_;
    recent_.add(now);
    if (was_taken)
        taken_.add(now);
    if (bounds_.messages > 0)
        written_.add(now);
}

void Meter::learn(std::int64_t now)
{
    if (now >= learned_until_)
        learned_at_once_ = learned_messages_ = 0;
    learned_until_ = now + bounds_.memory;
}

void Meter::refused_connection(std::int64_t now)
{
    if (bounds_.memory <= 0)
        return;
    learn(now);
    const auto others = in_flight_ > 1 ? in_flight_ - 1 : 1;
    learned_at_once_ = learned_at_once_ == 0 ? others : std::min(learned_at_once_, others);
}

void Meter::refused_message(std::int64_t now)
{
    if (bounds_.memory <= 0)
        return;
    learn(now);
    const auto taken = std::max<std::uint64_t>(1, taken_.at(now));
    learned_messages_ = learned_messages_ == 0 ? taken : std::min(learned_messages_, taken);
}

bool Meter::is_forgettable(std::int64_t now) const
{
    return in_flight_ == 0 && now >= learned_until_ && recent_.at(now) == 0 &&
           (bounds_.messages == 0 || written_.at(now) == 0);
}

}
