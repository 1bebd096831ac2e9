#include "qmgr/meter.h"

#include <algorithm>
#include <utility>

namespace gp::qmgr {
namespace {

constexpr std::int64_t longest_pause = 30; // seconds after the only connection was refused

}

RecentCount::RecentCount(std::int64_t span)
    : width_(std::max<std::int64_t>(1, (span + slots - 1) / slots)), turns_((std::max<std::int64_t>(1, span) + width_ - 1) / width_)
{}

void RecentCount::go_on(std::int64_t turn) const
{
    const auto size = static_cast<std::int64_t>(slots_.size());
    const auto slot = [&](std::int64_t of) -> std::uint64_t& { return slots_[static_cast<std::size_t>(of % size)]; };
    if (turn < turn_ || turn - turn_ >= size) {
        const auto kept = turn < turn_ ? sum_ : 0;
        std::ranges::fill(slots_, 0);
        slot(turn) = sum_ = kept;
    } else {
        for (auto next = turn_ + 1; next <= turn; ++next)
            sum_ -= std::exchange(slot(next), 0);
    }
    turn_ = turn;
}

void RecentCount::add(std::int64_t now, std::uint64_t count)
{
    if (slots_.empty()) {
        slots_.resize(static_cast<std::size_t>(turns_ + 1));
        turn_ = now / width_;
    }
    go_on(now / width_);
    slots_[static_cast<std::size_t>(turn_ % (turns_ + 1))] += count;
    sum_ += count;
}

std::uint64_t RecentCount::at(std::int64_t now) const
{
    if (slots_.empty())
        return 0;
    go_on(now / width_);
    return sum_;
}

Meter::Meter(const Bounds& bounds)
    : bounds_(bounds), written_(bounds.seconds), recent_(bounds.interval), taken_(bounds.interval)
{}

void Meter::change(const Bounds& bounds, std::int64_t now)
{
    const auto counted_in = [now](RecentCount& count, std::int64_t seconds) {
        const auto so_far = count.at(now);
        count = RecentCount{seconds};
        if (so_far > 0)
            count.add(now, so_far); // as if it were new: rather too few than too many
    };
    if (bounds.seconds != bounds_.seconds)
        counted_in(written_, bounds.seconds);
    if (bounds.interval != bounds_.interval) {
        counted_in(recent_, bounds.interval);
        counted_in(taken_, bounds.interval);
    }
    if (bounds.memory == 0)
        learned_at_once_ = learned_messages_ = {};
    bounds_ = bounds;
}

std::uint64_t Meter::at_once(std::int64_t now) const
{
    const auto learned = learned_at_once_.at(now);
    if (learned == 0 || bounds_.at_once == 0)
        return std::max(learned, bounds_.at_once);
    return std::min(learned, bounds_.at_once);
}

std::uint64_t Meter::messages_in_interval(std::int64_t now) const
{
    return learned_messages_.at(now);
}

void Meter::joined(Owner owner, bool is_first)
{
    auto& backlog = backlogs_[is_first];
    ++backlog.jobs;
    ++backlog.of[owner];
}

void Meter::left(Owner owner, bool is_first)
{
    auto& backlog = backlogs_[is_first];
    const auto at = backlog.of.find(owner);
    if (at == backlog.of.end())
        return;
    --backlog.jobs;
    if (--at->second == 0)
        backlog.of.erase(at);
}

bool Meter::has_place(Owner owner, bool is_first, std::size_t most, std::int64_t now) const
{
    const auto& backlog = backlogs_[is_first];
    if (backlog.jobs < most || !is_bounded(now))
        return true;
    return backlog.jobs < 2 * most && !backlog.of.contains(owner);
}

bool Meter::is_spent(std::int64_t now) const
{
    const auto most = messages_in_interval(now);
    return (bounds_.messages > 0 && in_flight_ + written_.at(now) >= bounds_.messages) || (most > 0 && in_flight_ + recent_.at(now) >= most);
}

bool Meter::has_room(std::int64_t now) const
{
    if (now < pause_until_ && now >= pause_until_ - longest_pause)
        return false;
    if (const auto most = at_once(now); most > 0 && connections() >= most)
        return false;
    return !is_spent(now);
}

void Meter::not_begun(bool was_spoken)
{
    spoken_ -= was_spoken ? 1 : 0;
    in_flight_ -= in_flight_ > 0 ? 1 : 0;
}

void Meter::ended(bool was_taken, std::int64_t now, bool was_spoken)
{
    not_begun(was_spoken);
    if (was_taken)
        refused_alone_ = 0;
    if (bounds_.memory > 0)
        recent_.add(now);
    if (bounds_.memory > 0 && was_taken)
        taken_.add(now);
    if (bounds_.messages > 0)
        written_.add(now);
}

void Meter::learn(Learned& what, std::uint64_t most, std::int64_t now, bool is_said) const
{
    constexpr std::int64_t supposed = 6; // a supposition does not hold as long
    if (bounds_.memory <= 0)
        return;
    const auto before = what.at(now);
    what.most = before == 0 ? most : std::min(before, most);
    what.until = std::max(before == 0 ? 0 : what.until, now + (is_said ? bounds_.memory : bounds_.memory / supposed));
}

void Meter::refused_connection(std::int64_t now, bool is_said)
{
    learn(learned_at_once_, connections() > 1 ? connections() - 1 : 1, now, is_said);
    if (connections() > 1 || bounds_.memory <= 0)
        return;
    pause_until_ = now + std::min<std::int64_t>(std::int64_t{1} << std::min(refused_alone_, 5U), longest_pause);
    ++refused_alone_;
}

void Meter::refused_message(std::int64_t now, bool is_said)
{
    learn(learned_messages_, std::max<std::uint64_t>(1, taken_.at(now) + spoken_), now, is_said);
}

bool Meter::is_forgettable(std::int64_t now) const
{
    return in_flight_ == 0 && now >= std::max(learned_at_once_.until, learned_messages_.until) && recent_.at(now) == 0 &&
           (bounds_.messages == 0 || written_.at(now) == 0);
}

}
